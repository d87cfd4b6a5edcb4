// What a command carries, as far as the simulated devices understand it.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

struct CommandArguments {
  std::optional<double> number{};     // "value", when it is a number
  std::optional<std::string> word{};  // "value", when it is a string
};

/// Reads {"value":...}, also as the member "args" of a whole message. An empty payload is an empty
/// object. Nothing for what is not JSON, not an object, or longer than 4 KiB.
std::optional<CommandArguments> parse_command_arguments(std::string_view payload);

}  // namespace gateway
