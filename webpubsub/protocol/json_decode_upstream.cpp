#include <algorithm>
#include <array>
#include <utility>

#include "webpubsub/protocol/json_decode.h"
#include "webpubsub/protocol/json_members.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

enum Member : std::uint8_t {
  Type,
  Group,
  AckIdOf,
  NoEcho,
  DataTypeOf,
  DataOf,
  Event,
  SequenceIdOf,
  Metadata,
  Ttl,
  Stream,
  Count
};
constexpr std::array<std::string_view, Count> kNames = {
    "type",  "group",      "ackId",    "noEcho",     "dataType", "data",
    "event", "sequenceId", "metadata", "ttlSeconds", "stream"};
using Members = std::array<JsonSlice, Count>;

Result<std::optional<AckId>> read_ack_id(const Members& members) {
  const JsonSlice& value = members[AckIdOf];
  if (!value.is_given()) return std::optional<AckId>();
  const auto ack_id = json_uint64(value);
  if (!ack_id) return malformed_frame("ackId is not an unsigned 64-bit number");
  return ack_id;
}

Result<std::string> read_group(const Members& members) {
  std::string group = string_or_empty(members[Group]);
  if (!is_valid_group_name(group)) return malformed_frame("group is not a valid group name");
  return group;
}

Result<StringMap> read_metadata(const Members& members) {
  const JsonSlice& value = members[Metadata];
  if (!value.is_given()) return StringMap();
  auto metadata = json_string_map(value);
  if (!metadata) return malformed_frame("metadata is not an object of strings");
  if (!is_valid_metadata(*metadata)) return malformed_frame("metadata breaks its limits");
  return *std::move(metadata);
}

Result<Data> read_data(const Members& members) {
  const JsonSlice& data = members[DataOf];
  const JsonSlice& data_type = members[DataTypeOf];
  if (!data.is_given()) {
    if (members[Metadata].is_given()) return Data{DataType::Text, {}};
    return malformed_frame("data is missing");
  }
  if (!data_type.is_given()) return read_json_data(DataType::Json, data);
  const auto type = parse_data_type(string_or_empty(data_type));
  if (!type) return malformed_frame("dataType is none of json, text, binary, protobuf");
  return read_json_data(*type, data);
}

template <class Frame>
Result<UpstreamFrame> read_group_request(const Members& members) {
  auto group = read_group(members);
  if (!group) return std::move(group).error();
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  return UpstreamFrame(Frame{std::move(group).value(), *ack_id});
}

Result<StreamStart> read_stream_start(const Members& members) {
  constexpr std::array<std::string_view, 2> kStreamNames = {"streamId", "idleTimeoutMs"};
  const auto parts = find_members(members[Stream], kStreamNames);
  StreamStart start{string_or_empty(parts[0]), {}};
  if (!is_valid_stream_id(start.stream_id)) return malformed_frame("streamId is missing");
  if (members[DataOf].is_given() || members[AckIdOf].is_given()) {
    return malformed_frame("the start of a stream has neither data nor ackId");
  }
  if (!parts[1].is_given()) return start;
  const auto timeout = json_uint64(parts[1]);
  if (timeout.value_or(0) == 0 || *timeout > UINT32_MAX) {
    return malformed_frame("idleTimeoutMs is not a positive 32-bit number");
  }
  start.idle_timeout_ms = static_cast<std::uint32_t>(*timeout);
  return start;
}

Result<void> read_options(const Members& members, SendToGroup& frame) {
  const JsonSlice& no_echo = members[NoEcho];
  frame.no_echo = no_echo.kind == JsonKind::True;
  if (no_echo.is_given() && no_echo.kind != JsonKind::True && no_echo.kind != JsonKind::False) {
    return malformed_frame("noEcho is not a boolean");
  }
  if (const JsonSlice& ttl = members[Ttl]; ttl.is_given()) {
    const auto seconds = json_uint64(ttl);
    if (seconds.value_or(kMaxTtlSeconds + 1) > kMaxTtlSeconds) {
      return malformed_frame("ttlSeconds is not a number from 0 to 300");
    }
    frame.ttl_seconds = static_cast<std::uint32_t>(*seconds);
  }
  auto metadata = read_metadata(members);
  if (!metadata) return std::move(metadata).error();
  frame.metadata = std::move(metadata).value();
  return {};
}

Result<UpstreamFrame> read_send_to_group(const Members& members) {
  SendToGroup frame;
  auto group = read_group(members);
  if (!group) return std::move(group).error();
  frame.group = std::move(group).value();
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  frame.ack_id = *ack_id;
  if (auto options = read_options(members, frame); !options) return options.error();
  if (members[Stream].is_given()) {
    auto stream = read_stream_start(members);
    if (!stream) return std::move(stream).error();
    frame.stream = std::move(stream).value();
    return UpstreamFrame(std::move(frame));
  }
  auto data = read_data(members);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

Result<std::string> read_event_name(const Members& members) {
  std::string event = string_or_empty(members[Event]);
  if (!is_valid_event_name(event)) return malformed_frame("event is not a valid event name");
  return event;
}

Result<UpstreamFrame> read_send_event(const Members& members) {
  SendEvent frame;
  auto event = read_event_name(members);
  if (!event) return std::move(event).error();
  frame.event = std::move(event).value();
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  frame.ack_id = *ack_id;
  auto metadata = read_metadata(members);
  if (!metadata) return std::move(metadata).error();
  frame.metadata = std::move(metadata).value();
  auto data = read_data(members);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

// ---- the rarer kinds, whose members are looked up by themselves -----------------------------

Result<std::string> read_id(std::string_view message, std::string_view name) {
  const auto found = find_members(message, std::array<std::string_view, 1>{name});
  if (!found) return found.error();
  std::string id = string_or_empty((*found)[0]);
  if (!is_valid_stream_id(id)) return malformed_frame(std::string(name) + " is missing");
  return id;
}

Result<UpstreamFrame> read_invoke(std::string_view message, const Members& members) {
  Invoke frame;
  auto id = read_id(message, "invocationId");
  if (!id) return std::move(id).error();
  frame.invocation_id = std::move(id).value();
  const auto target = find_members(message, std::array<std::string_view, 1>{"target"});
  if (string_or_empty((*target)[0]) != "event") return malformed_frame("target is not \"event\"");
  auto event = read_event_name(members);
  if (!event) return std::move(event).error();
  frame.event = std::move(event).value();
  if (!members[DataOf].is_given()) return UpstreamFrame(std::move(frame));
  auto data = read_data(members);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read_stream_data(std::string_view message, const Members& members) {
  StreamData frame;
  auto id = read_id(message, "streamId");
  if (!id) return std::move(id).error();
  frame.stream_id = std::move(id).value();
  const auto number = find_members(message, std::array<std::string_view, 1>{"streamSequenceId"});
  const JsonSlice& sequence = (*number)[0];
  if (!sequence.is_given() && !members[DataOf].is_given()) return UpstreamFrame(std::move(frame));
  frame.stream_sequence_id = json_uint64(sequence).value_or(0);
  if (frame.stream_sequence_id == 0) {
    return malformed_frame("streamSequenceId is not a positive number");
  }
  auto data = read_data(members);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read_stream_end(std::string_view message) {
  auto id = read_id(message, "streamId");
  if (!id) return std::move(id).error();
  StreamEnd frame{std::move(id).value(), {}};
  const auto error = find_members(message, std::array<std::string_view, 1>{"error"});
  if (!(*error)[0].is_given()) return UpstreamFrame(std::move(frame));
  constexpr std::array<std::string_view, 2> kErrorNames = {"message", "userErrorCode"};
  const auto parts = find_members((*error)[0], kErrorNames);
  frame.error = StreamFailure{string_or_empty(parts[0]), string_or_empty(parts[1])};
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read_set_group_state(std::string_view message, const Members& members) {
  SetGroupState frame;
  auto group = read_group(members);
  if (!group) return std::move(group).error();
  frame.group = std::move(group).value();
  auto ack_id = read_ack_id(members);
  if (!ack_id) return std::move(ack_id).error();
  frame.ack_id = *ack_id;
  const auto state = find_members(message, std::array<std::string_view, 1>{"state"});
  if ((*state)[0].is_given()) {
    frame.state = json_string_map((*state)[0]);
    if (!frame.state) return malformed_frame("state is not an object of strings");
  }
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read_rarer_kind(std::string_view type, std::string_view message,
                                      const Members& members) {
  const auto is = [type](std::string_view name) { return equals_ignoring_case(type, name); };
  if (is("invoke")) return read_invoke(message, members);
  if (is("streamData")) return read_stream_data(message, members);
  if (is("streamEnd")) return read_stream_end(message);
  if (is("setGroupState")) return read_set_group_state(message, members);
  if (is("subscribeGroupState")) return read_group_request<SubscribeGroupState>(members);
  if (is("unsubscribeGroupState")) return read_group_request<UnsubscribeGroupState>(members);
  if (is("cancelInvocation")) {
    auto id = read_id(message, "invocationId");
    if (!id) return std::move(id).error();
    return UpstreamFrame(CancelInvocation{std::move(id).value()});
  }
  return malformed_frame("type is not known");
}

}  // namespace

Result<UpstreamFrame> decode_json_upstream(std::string_view message) {
  const auto found = find_members(message, kNames);
  if (!found) return found.error();
  const Members& members = *found;
  if (!members[Type].is_string()) return malformed_frame("type is missing");
  // The service compares the type without regard to case.
  const std::string type = json_unescape(members[Type].text);
  const auto is = [&type](std::string_view name) { return equals_ignoring_case(type, name); };
  if (is("sendToGroup")) return read_send_to_group(members);
  if (is("event")) return read_send_event(members);
  if (is("joinGroup")) return read_group_request<JoinGroup>(members);
  if (is("leaveGroup")) return read_group_request<LeaveGroup>(members);
  if (is("ping")) return UpstreamFrame(Ping{});
  if (is("sequenceAck")) {
    const auto sequence_id = json_uint64(members[SequenceIdOf]);
    if (sequence_id.value_or(0) == 0) return malformed_frame("sequenceId is not a positive number");
    return UpstreamFrame(SequenceAck{*sequence_id});
  }
  return read_rarer_kind(type, message, members);
}

}  // namespace webpubsub
