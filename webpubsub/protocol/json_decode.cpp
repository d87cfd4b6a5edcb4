#include "webpubsub/protocol/json_decode.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {
namespace {

Error malformed(std::string_view what) { return {Errc::Protocol, std::string(what), 0}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<DataType> parse_data_type(std::string_view name) {
  if (name == "json") return DataType::Json;
  if (name == "text") return DataType::Text;
  if (name == "binary") return DataType::Binary;
  if (name == "protobuf") return DataType::Protobuf;
  return std::nullopt;
}

/// A payload as `type` has it on the wire.
Result<Data> read_data(DataType type, const JsonSlice& value) {
  if (type == DataType::Json) {
    if (value.kind == JsonKind::Absent) return malformed("data is missing");
    if (!value.is_string()) return Data{type, std::string(value.text)};
    // The quotes stand around the slice.
    return Data{type, std::string(value.text.data() - 1, value.text.size() + 2)};
  }
  if (!value.is_string()) return malformed("data is not a string although its dataType needs one");
  if (type == DataType::Text) return Data{type, json_unescape(value.text)};
  auto bytes = value.text.find('\\') == std::string_view::npos
                   ? base64_decode(value.text)
                   : base64_decode(json_unescape(value.text));  // .NET writes '+' as \u002B
  if (!bytes) return malformed("data is not base64");
  return Data{type, *std::move(bytes)};
}

/// The string of an optional member; empty for anything else.
std::string string_or_empty(const JsonSlice& value) {
  return value.is_string() ? json_unescape(value.text) : std::string();
}

// ---- client to service ---------------------------------------------------------------------

namespace up {
enum Member : std::uint8_t {
  Type,
  Group,
  AckId,
  NoEcho,
  DataType,
  Data,
  Event,
  SequenceId,
  Metadata,
  Ttl,
  Count
};
constexpr std::array<std::string_view, Count> kNames = {
    "type", "group", "ackId",      "noEcho",   "dataType",
    "data", "event", "sequenceId", "metadata", "ttlSeconds"};
using Members = std::array<JsonSlice, Count>;
}  // namespace up

Result<std::optional<AckId>> read_ack_id(const up::Members& members) {
  const JsonSlice& value = members[up::AckId];
  if (!value.is_given()) return std::optional<AckId>();
  const auto ack_id = json_uint64(value);
  if (!ack_id) return malformed("ackId is not an unsigned 64-bit number");
  return ack_id;
}

Result<std::string> read_group(const up::Members& members) {
  std::string group = string_or_empty(members[up::Group]);
  if (!is_valid_group_name(group)) return malformed("group is not a valid group name");
  return group;
}

Result<Data> read_upstream_data(const up::Members& members) {
  const JsonSlice& metadata = members[up::Metadata];
  if (metadata.is_given() && metadata.kind != JsonKind::Object) {
    return malformed("metadata is not an object");
  }
  const JsonSlice& data = members[up::Data];
  if (!data.is_given()) {
    if (metadata.is_given()) return Data{DataType::Text, {}};
    return malformed("data is missing");
  }
  const JsonSlice& data_type = members[up::DataType];
  if (!data_type.is_given()) return read_data(DataType::Json, data);
  const auto type = parse_data_type(string_or_empty(data_type));
  if (!type) return malformed("dataType is none of json, text, binary, protobuf");
  return read_data(*type, data);
}

template <class Frame>
Result<UpstreamFrame> read_group_request(const up::Members& members) {
  auto group = read_group(members);
  if (!group) return std::move(group).error();
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  return UpstreamFrame(Frame{std::move(group).value(), *ack_id});
}

Result<UpstreamFrame> read_send_to_group(const up::Members& members) {
  constexpr std::uint64_t kMaxTtlSeconds = 300;
  SendToGroup frame;
  auto group = read_group(members);
  if (!group) return std::move(group).error();
  frame.group = std::move(group).value();
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  frame.ack_id = *ack_id;
  const JsonSlice& no_echo = members[up::NoEcho];
  frame.no_echo = no_echo.kind == JsonKind::True;
  if (no_echo.is_given() && no_echo.kind != JsonKind::True && no_echo.kind != JsonKind::False) {
    return malformed("noEcho is not a boolean");
  }
  const JsonSlice& ttl = members[up::Ttl];
  if (ttl.is_given() && json_uint64(ttl).value_or(kMaxTtlSeconds + 1) > kMaxTtlSeconds) {
    return malformed("ttlSeconds is not a number from 0 to 300");
  }
  auto data = read_upstream_data(members);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read_send_event(const up::Members& members) {
  SendEvent frame;
  frame.event = string_or_empty(members[up::Event]);
  if (!is_valid_event_name(frame.event)) return malformed("event is not a valid event name");
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  frame.ack_id = *ack_id;
  auto data = read_upstream_data(members);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

// ---- service to client ---------------------------------------------------------------------

namespace down {
enum Member : std::uint8_t {
  Type,
  From,
  Group,
  Data,
  DataType,
  FromUserId,
  SequenceId,
  AckId,
  Success,
  Error,
  Event,
  ConnectionId,
  UserId,
  ReconnectionToken,
  Message,
  Count
};
constexpr std::array<std::string_view, Count> kNames = {
    "type",   "from",    "group", "data",  "dataType",     "fromUserId", "sequenceId",
    "ackId",  "success", "error", "event", "connectionId", "userId",     "reconnectionToken",
    "message"};
using Members = std::array<JsonSlice, Count>;
}  // namespace down

Result<DownstreamFrame> read_system(const down::Members& members) {
  const std::string event = string_or_empty(members[down::Event]);
  if (event == "connected") {
    return DownstreamFrame(Connected{string_or_empty(members[down::ConnectionId]),
                                     string_or_empty(members[down::UserId]),
                                     string_or_empty(members[down::ReconnectionToken])});
  }
  if (event == "disconnected") {
    return DownstreamFrame(Disconnected{string_or_empty(members[down::Message])});
  }
  return DownstreamFrame(UnknownFrame{"system"});
}

Result<DownstreamFrame> read_ack(const down::Members& members) {
  const auto ack_id = json_uint64(members[down::AckId]);
  if (!ack_id) return malformed("ack: ackId is not an unsigned 64-bit number");
  Ack ack;
  ack.ack_id = *ack_id;
  ack.success = members[down::Success].kind == JsonKind::True;
  const JsonSlice& error = members[down::Error];
  if (error.kind == JsonKind::Object) {
    constexpr std::array<std::string_view, 2> kErrorNames = {"name", "message"};
    std::array<JsonSlice, 2> parts;
    static_cast<void>(scan_json_object(error.text, kErrorNames, parts));  // scanned whole before
    ack.error_name = string_or_empty(parts[0]);
    ack.error_message = string_or_empty(parts[1]);
  }
  return DownstreamFrame(std::move(ack));
}

Result<DownstreamFrame> read_message(const down::Members& members) {
  const std::string from = string_or_empty(members[down::From]);
  const auto type = parse_data_type(string_or_empty(members[down::DataType]));
  const bool from_group = from == "group";
  if ((!from_group && from != "server") || !type) return DownstreamFrame(UnknownFrame{"message"});

  const JsonSlice& sequence = members[down::SequenceId];
  const auto sequence_id = json_uint64(sequence);
  if (sequence.is_given() && !sequence_id) {
    return malformed("message: sequenceId is not an unsigned 64-bit number");
  }
  auto data = read_data(*type, members[down::Data]);
  if (!data) return malformed("message: " + data.error().message);
  if (!from_group) return DownstreamFrame(ServerMessage{std::move(data).value(), sequence_id});
  if (!members[down::Group].is_string()) return malformed("message: group is missing");
  return DownstreamFrame(GroupMessage{string_or_empty(members[down::Group]),
                                      string_or_empty(members[down::FromUserId]),
                                      std::move(data).value(), sequence_id});
}

/// Finds `names` in `message`. Errors: Protocol when it is not a JSON object.
template <std::size_t N>
Result<std::array<JsonSlice, N>> find_members(std::string_view message,
                                              const std::array<std::string_view, N>& names) {
  std::array<JsonSlice, N> members;
  switch (scan_json_object(message, names, members)) {
    case JsonScan::Found:
      return members;
    case JsonScan::NotAnObject:
      return malformed("the message is not a JSON object");
    case JsonScan::Malformed:
      break;
  }
  return malformed("the message is not valid JSON");
}

}  // namespace

Result<UpstreamFrame> decode_json_upstream(std::string_view message) {
  const auto found = find_members(message, up::kNames);
  if (!found) return found.error();
  const up::Members& members = *found;
  if (!members[up::Type].is_string()) return malformed("type is missing");
  // The service compares the type without regard to case.
  const std::string type = json_unescape(members[up::Type].text);
  const auto is = [&type](std::string_view name) { return equals_ignoring_case(type, name); };
  if (is("sendToGroup")) return read_send_to_group(members);
  if (is("event")) return read_send_event(members);
  if (is("joinGroup")) return read_group_request<JoinGroup>(members);
  if (is("leaveGroup")) return read_group_request<LeaveGroup>(members);
  if (is("ping")) return UpstreamFrame(Ping{});
  if (is("sequenceAck")) {
    const auto sequence_id = json_uint64(members[up::SequenceId]);
    if (sequence_id.value_or(0) == 0) return malformed("sequenceId is not a positive number");
    return UpstreamFrame(SequenceAck{*sequence_id});
  }
  return malformed("type is not known");
}

Result<DownstreamFrame> decode_json_downstream(std::string_view message) {
  const auto found = find_members(message, down::kNames);
  if (!found) return found.error();
  const down::Members& members = *found;
  if (!members[down::Type].is_string()) return malformed("type is missing");
  std::string type = json_unescape(members[down::Type].text);
  if (type == "message") return read_message(members);
  if (type == "ack") return read_ack(members);
  if (type == "system") return read_system(members);
  if (type == "pong") return DownstreamFrame(Pong{});
  return DownstreamFrame(UnknownFrame{std::move(type)});
}

}  // namespace webpubsub
