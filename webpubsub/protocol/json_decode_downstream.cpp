#include <array>
#include <charconv>
#include <utility>

#include "webpubsub/protocol/json_decode.h"
#include "webpubsub/protocol/json_members.h"

namespace webpubsub {
namespace {

enum Member : std::uint8_t {
  Type,
  From,
  Group,
  DataOf,
  DataTypeOf,
  FromUserId,
  SequenceIdOf,
  AckIdOf,
  Success,
  ErrorOf,
  Event,
  ConnectionId,
  UserId,
  ReconnectionToken,
  Message,
  Metadata,
  Stream,
  Count
};
constexpr std::array<std::string_view, Count> kNames = {
    "type",    "from",     "group", "data",  "dataType",     "fromUserId", "sequenceId",
    "ackId",   "success",  "error", "event", "connectionId", "userId",     "reconnectionToken",
    "message", "metadata", "stream"};
using Members = std::array<JsonSlice, Count>;

/// The parts of an error: its name, its message, and the code that a stream's sender gave it.
StreamError read_error(const JsonSlice& value) {
  constexpr std::array<std::string_view, 3> kErrorNames = {"name", "message", "userErrorCode"};
  const auto parts = find_members(value, kErrorNames);
  return {string_or_empty(parts[0]), string_or_empty(parts[1]), string_or_empty(parts[2])};
}

Result<DownstreamFrame> read_system(const Members& members) {
  const std::string event = string_or_empty(members[Event]);
  if (event == "connected") {
    return DownstreamFrame(Connected{string_or_empty(members[ConnectionId]),
                                     string_or_empty(members[UserId]),
                                     string_or_empty(members[ReconnectionToken])});
  }
  if (event == "disconnected") {
    return DownstreamFrame(Disconnected{string_or_empty(members[Message])});
  }
  return DownstreamFrame(UnknownFrame{"system"});
}

Result<DownstreamFrame> read_ack(const Members& members) {
  const auto ack_id = json_uint64(members[AckIdOf]);
  if (!ack_id) return malformed_frame("ack: ackId is not an unsigned 64-bit number");
  Ack ack;
  ack.ack_id = *ack_id;
  ack.success = members[Success].kind == JsonKind::True;
  if (members[ErrorOf].kind == JsonKind::Object) {
    StreamError error = read_error(members[ErrorOf]);
    ack.error_name = std::move(error.name);
    ack.error_message = std::move(error.message);
  }
  return DownstreamFrame(std::move(ack));
}

std::optional<StreamInfo> read_stream(const JsonSlice& value) {
  constexpr std::array<std::string_view, 4> kStreamNames = {"streamId", "streamSequenceId",
                                                            "endOfStream", "error"};
  const auto parts = find_members(value, kStreamNames);
  const auto number = json_uint64(parts[1]);
  if (!parts[0].is_string() || !number) return std::nullopt;
  StreamInfo stream{string_or_empty(parts[0]), *number, parts[2].kind == JsonKind::True, {}};
  if (parts[3].kind == JsonKind::Object) stream.error = read_error(parts[3]);
  return stream;
}

Result<DownstreamFrame> read_message(const Members& members) {
  const std::string from = string_or_empty(members[From]);
  const auto type = parse_data_type(string_or_empty(members[DataTypeOf]));
  const bool from_group = from == "group";
  if ((!from_group && from != "server") || !type) return DownstreamFrame(UnknownFrame{"message"});

  const JsonSlice& sequence = members[SequenceIdOf];
  const auto sequence_id = json_uint64(sequence);
  if (sequence.is_given() && !sequence_id) {
    return malformed_frame("message: sequenceId is not an unsigned 64-bit number");
  }
  auto data = read_json_data(*type, members[DataOf]);
  if (!data) return malformed_frame("message: " + data.error().message);
  StringMap metadata;
  if (members[Metadata].is_given()) {
    metadata = json_string_map(members[Metadata]).value_or(StringMap());
  }
  if (!from_group) {
    return DownstreamFrame(
        ServerMessage{std::move(data).value(), sequence_id, std::move(metadata)});
  }
  if (!members[Group].is_string()) return malformed_frame("message: group is missing");
  GroupMessage frame{string_or_empty(members[Group]),
                     string_or_empty(members[FromUserId]),
                     std::move(data).value(),
                     sequence_id,
                     std::move(metadata),
                     {}};
  if (members[Stream].is_given()) frame.stream = read_stream(members[Stream]);
  return DownstreamFrame(std::move(frame));
}

// ---- the rarer kinds, whose members are looked up by themselves -----------------------------

Result<DownstreamFrame> read_invoke_response(std::string_view message, const Members& members) {
  const auto id = find_members(message, std::array<std::string_view, 1>{"invocationId"});
  InvokeResponse frame;
  frame.invocation_id = string_or_empty((*id)[0]);
  frame.success = members[Success].kind == JsonKind::True;
  StreamError error = read_error(members[ErrorOf]);
  frame.error_name = std::move(error.name);
  frame.error_message = std::move(error.message);
  const auto type = parse_data_type(string_or_empty(members[DataTypeOf]));
  if (!type) return DownstreamFrame(std::move(frame));
  auto data = read_json_data(*type, members[DataOf]);
  if (!data) return malformed_frame("invokeResponse: " + data.error().message);
  frame.data = std::move(data).value();
  return DownstreamFrame(std::move(frame));
}

/// The answers to what was sent in a stream.
Result<DownstreamFrame> read_stream_answer(std::string_view type, std::string_view message,
                                           const Members& members) {
  constexpr std::array<std::string_view, 3> kStreamNames = {"streamId", "expectedSequenceId",
                                                            "name"};
  const auto parts = *find_members(message, kStreamNames);
  std::string id = string_or_empty(parts[0]);
  if (type == "streamClosed") {
    StreamError error = read_error(members[ErrorOf]);
    return DownstreamFrame(
        StreamClosed{std::move(id), std::move(error.name), std::move(error.message)});
  }
  const auto expected = json_uint64(parts[1]);
  if (!expected) return malformed_frame("expectedSequenceId is not an unsigned 64-bit number");
  if (type == "streamAck") return DownstreamFrame(StreamAck{std::move(id), *expected});
  return DownstreamFrame(StreamNack{std::move(id), *expected, string_or_empty(parts[2]),
                                    string_or_empty(members[Message])});
}

GroupStateItem read_state_item(const JsonSlice& value) {
  constexpr std::array<std::string_view, 4> kItemNames = {"connectionId", "userId", "state",
                                                          "updatedAt"};
  const auto parts = find_members(value, kItemNames);
  GroupStateItem item{string_or_empty(parts[0]), string_or_empty(parts[1]), {}, 0};
  item.state = json_string_map(parts[2]);
  const std::string_view time = parts[3].text;
  if (parts[3].kind == JsonKind::Number) {
    std::from_chars(time.data(), time.data() + time.size(), item.updated_at);
  }
  return item;
}

Result<DownstreamFrame> read_group_states(bool is_snapshot, std::string_view message,
                                          const Members& members) {
  GroupStates frame{
      is_snapshot, string_or_empty(members[Group]), {}, json_uint64(members[SequenceIdOf])};
  const auto items = find_members(message, std::array<std::string_view, 1>{"items"});
  for (const JsonSlice& item : json_elements((*items)[0]).value_or(std::vector<JsonSlice>())) {
    frame.items.push_back(read_state_item(item));
  }
  return DownstreamFrame(std::move(frame));
}

}  // namespace

Result<DownstreamFrame> decode_json_downstream(std::string_view message) {
  const auto found = find_members(message, kNames);
  if (!found) return found.error();
  const Members& members = *found;
  if (!members[Type].is_string()) return malformed_frame("type is missing");
  std::string type = json_unescape(members[Type].text);
  if (type == "message") return read_message(members);
  if (type == "ack") return read_ack(members);
  if (type == "system") return read_system(members);
  if (type == "pong") return DownstreamFrame(Pong{});
  if (type == "invokeResponse") return read_invoke_response(message, members);
  if (type == "streamAck" || type == "streamNack" || type == "streamClosed") {
    return read_stream_answer(type, message, members);
  }
  if (type == "groupStateSnapshot" || type == "groupStateUpdate") {
    return read_group_states(type == "groupStateSnapshot", message, members);
  }
  return DownstreamFrame(UnknownFrame{std::move(type)});
}

}  // namespace webpubsub
