#include "daemon/simulator/command_arguments.h"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "webpubsub/protocol/json_scan.h"

namespace gateway {

using webpubsub::JsonKind;
using webpubsub::JsonSlice;

namespace {

constexpr std::size_t kLongestPayload = 4096;

std::optional<double> to_number(std::string_view text) {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<CommandArguments> parse_command_arguments(std::string_view payload) {
  if (payload.empty()) return CommandArguments{};
  if (payload.size() > kLongestPayload) return std::nullopt;
  constexpr std::array<std::string_view, 2> kNames = {"value", "args"};
  std::array<JsonSlice, 2> found{};
  if (scan_json_object(payload, kNames, found) != webpubsub::JsonScan::Found) return std::nullopt;
  const auto& [value, args] = found;
  if (value.kind == JsonKind::Absent && args.kind == JsonKind::Object) {
    return parse_command_arguments(args.text);  // shorter each time
  }
  CommandArguments arguments;
  if (value.kind == JsonKind::Number) arguments.number = to_number(value.text);
  if (value.kind == JsonKind::String) arguments.word = webpubsub::json_unescape(value.text);
  return arguments;
}

}  // namespace gateway
