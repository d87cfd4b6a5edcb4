// What a bug report has to say about the machine.

#pragma once

#include <string>

namespace gateway {

/// A fact a line, "name: value": system, kernel, processors, memory, disk, clock. No addresses, no
/// names of people. `state`: the folder of the gateway's store.
std::string system_facts(const std::string& state);

}  // namespace gateway
