// Every key the loader knows, as the loader itself tells: for the tests that hold the schema and
// the manual to it.

#pragma once

#include <set>
#include <string>

namespace gateway::config {

/// Paths such as "mqtt.tls.ca_file" and "rules[].batch.max_delay"; "*" stands for a key of the
/// user's own.
std::set<std::string> known_keys();

}  // namespace gateway::config
