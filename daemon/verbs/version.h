// webpubsub-gateway version: which build this is.

#pragma once

#include <ostream>
#include <string_view>

namespace gateway {

/// "webpubsub-gateway 0.1.0 (GNU 12.2.0, Release)", or the same as a JSON object. Returns the exit
/// code.
int version(std::string_view program, bool json, std::ostream& out);

}  // namespace gateway
