// What stands in a google.protobuf.Any, the envelope of protobuf payloads at the service.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// The bytes of the message in the serialised `any`; nothing when it is none.
std::optional<std::string> value_in_any(std::string_view any);

}  // namespace gateway
