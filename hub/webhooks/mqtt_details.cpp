#include "hub/webhooks/mqtt_details.h"

#include <array>
#include <limits>
#include <utility>

#include "hub/text.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::hub {

namespace {

/// A list of {"name": ..., "value": ...}.
std::optional<StringMap> read_properties(const JsonSlice& list) {
  if (!list.is_given()) return StringMap{};
  const auto elements = json_elements(list);
  if (!elements) return std::nullopt;
  StringMap properties;
  for (const JsonSlice& element : *elements) {
    constexpr std::array<std::string_view, 2> kNames = {"name", "value"};
    std::array<JsonSlice, kNames.size()> values{};
    if (scan_json_object(element.text, kNames, values) != JsonScan::Found ||
        !values[0].is_string() || !values[1].is_string()) {
      return std::nullopt;
    }
    properties.emplace_back(json_unescape(values[0].text), json_unescape(values[1].text));
  }
  return properties;
}

/// The object that an answer has under "mqtt"; nothing when there is none.
std::optional<std::string_view> mqtt_object(std::string_view body) {
  constexpr std::array<std::string_view, 1> kNames = {"mqtt"};
  std::array<JsonSlice, kNames.size()> values{};
  if (scan_json_object(body, kNames, values) != JsonScan::Found ||
      values[0].kind != JsonKind::Object) {
    return std::nullopt;
  }
  return values[0].text;
}

std::optional<mqtt::ReasonCode> reason_of(const JsonSlice& code, mqtt::Version version) {
  const auto number = json_uint64(code);
  if (!number || *number > std::numeric_limits<std::uint8_t>::max()) return std::nullopt;
  const auto small = static_cast<std::uint8_t>(*number);
  const auto reason =
      version == mqtt::Version::V5 ? mqtt::find_reason_code(small) : mqtt::from_return_code(small);
  return reason && mqtt::is_failure(*reason) ? reason : std::nullopt;
}

}  // namespace

std::optional<MqttRefusal> read_mqtt_refusal(std::string_view body, mqtt::Version version) {
  const auto object = mqtt_object(body);
  if (!object) return std::nullopt;
  constexpr std::array<std::string_view, 3> kNames = {"code", "reason", "userProperties"};
  std::array<JsonSlice, kNames.size()> values{};
  if (scan_json_object(*object, kNames, values) != JsonScan::Found) return std::nullopt;
  const auto reason = reason_of(values[0], version);
  auto properties = read_properties(values[2]);
  if (!reason || !properties) return std::nullopt;
  return MqttRefusal{.reason = *reason,
                     .text = values[1].is_string() ? json_unescape(values[1].text) : std::string(),
                     .user_properties = *std::move(properties)};
}

std::optional<StringMap> read_mqtt_user_properties(std::string_view connect_answer) {
  const auto object = mqtt_object(connect_answer);
  if (!object) return StringMap{};
  constexpr std::array<std::string_view, 1> kNames = {"userProperties"};
  std::array<JsonSlice, kNames.size()> values{};
  if (scan_json_object(*object, kNames, values) != JsonScan::Found) return std::nullopt;
  return read_properties(values[0]);
}

StringMap mqtt_user_properties_of(const net::Headers& headers) {
  constexpr std::string_view kPrefix = "mqtt-";
  StringMap properties;
  for (const auto& [name, value] : headers) {
    const bool ours =
        name.size() > kPrefix.size() &&
        equals_ignoring_case(std::string_view(name).substr(0, kPrefix.size()), kPrefix);
    if (ours && is_valid_utf8(value)) properties.emplace_back(name.substr(kPrefix.size()), value);
  }
  return properties;
}

void append_mqtt_ending(std::string& body, const MqttEnding& ending) {
  body += R"(,"mqtt":{"initiatedByClient":)";
  body += ending.by_client ? "true" : "false";
  if (ending.code) {
    body += R"(,"disconnectPacket":{"code":)" + std::to_string(*ending.code);
    body += R"(,"userProperties":[)";
    bool first = true;
    for (const auto& [name, value] : ending.user_properties) {
      if (!std::exchange(first, false)) body += ',';
      body += R"({"name":)";
      append_json_string(body, name);
      body += R"(,"value":)";
      append_json_string(body, value);
      body += '}';
    }
    body += "]}";
  }
  body += '}';
}

}  // namespace webpubsub::hub
