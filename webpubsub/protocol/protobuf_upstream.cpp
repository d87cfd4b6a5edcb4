#include <algorithm>
#include <utility>

#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"
#include "webpubsub/protocol/protobuf_messages.h"

namespace webpubsub {
namespace {

// ---- writing -------------------------------------------------------------------------------

template <class Map>
void write_map(const StringMap& from, Map& to) {
  for (const auto& [name, value] : from) to[name] = value;
}

struct Writer {
  wire::UpstreamMessage& out;

  template <class Frame>
  static void group_request(const Frame& frame, wire::GroupRequestMessage& message) {
    message.set_group(frame.group);
    if (frame.ack_id) message.set_ack_id(*frame.ack_id);
  }
  void operator()(const JoinGroup& frame) const {
    group_request(frame, *out.mutable_join_group_message());
  }
  void operator()(const LeaveGroup& frame) const {
    group_request(frame, *out.mutable_leave_group_message());
  }
  void operator()(const SubscribeGroupState& frame) const {
    group_request(frame, *out.mutable_subscribe_group_state_message());
  }
  void operator()(const UnsubscribeGroupState& frame) const {
    group_request(frame, *out.mutable_unsubscribe_group_state_message());
  }
  void operator()(const SendToGroup& frame) const {
    auto& message = *out.mutable_send_to_group_message();
    message.set_group(frame.group);
    if (frame.ack_id) message.set_ack_id(*frame.ack_id);
    if (frame.no_echo) message.set_no_echo(true);
    if (frame.ttl_seconds) message.set_ttl_seconds(*frame.ttl_seconds);
    write_map(frame.metadata, *message.mutable_metadata());
    if (!frame.stream) return write_protobuf(frame.data, *message.mutable_data());
    message.mutable_stream()->set_stream_id(frame.stream->stream_id);
    if (const auto timeout = frame.stream->idle_timeout_ms) {
      message.mutable_stream()->set_idle_timeout_ms(*timeout);
    }
  }
  void operator()(const SendEvent& frame) const {
    auto& message = *out.mutable_event_message();
    message.set_event(frame.event);
    if (frame.ack_id) message.set_ack_id(*frame.ack_id);
    write_map(frame.metadata, *message.mutable_metadata());
    write_protobuf(frame.data, *message.mutable_data());
  }
  void operator()(const Ping&) const { out.mutable_ping_message(); }
  void operator()(const SequenceAck& frame) const {
    out.mutable_sequence_ack_message()->set_sequence_id(frame.sequence_id);
  }
  void operator()(const Invoke& frame) const {
    auto& message = *out.mutable_invoke_event_message();
    message.set_event(frame.event);
    message.set_invocation_id(frame.invocation_id);
    if (frame.data) write_protobuf(*frame.data, *message.mutable_data());
  }
  void operator()(const CancelInvocation& frame) const {
    out.mutable_cancel_invocation_message()->set_invocation_id(frame.invocation_id);
  }
  void operator()(const StreamData& frame) const {
    auto& message = *out.mutable_stream_data_message();
    message.set_stream_id(frame.stream_id);
    if (!frame.data) return;
    message.set_stream_sequence_id(frame.stream_sequence_id);
    write_protobuf(*frame.data, *message.mutable_data());
  }
  void operator()(const StreamEnd& frame) const {
    auto& message = *out.mutable_stream_end_message();
    message.set_stream_id(frame.stream_id);
    if (!frame.error) return;
    message.mutable_error()->set_message(frame.error->message);
    message.mutable_error()->set_user_error_code(frame.error->user_error_code);
  }
  void operator()(const SetGroupState& frame) const {
    auto& message = *out.mutable_set_group_state_message();
    message.set_group(frame.group);
    if (frame.ack_id) message.set_ack_id(*frame.ack_id);
    if (frame.state) write_map(*frame.state, *message.mutable_state()->mutable_entries());
  }
};

// ---- reading -------------------------------------------------------------------------------

Error malformed(std::string_view what) { return {Errc::Protocol, std::string(what), 0}; }

template <class Message>
std::optional<AckId> ack_id_of(const Message& message) {
  return message.has_ack_id() ? std::optional<AckId>(message.ack_id()) : std::nullopt;
}

/// In an order of its own, since a map on the wire has none.
template <class Map>
StringMap read_map(const Map& map) {
  StringMap entries(map.begin(), map.end());
  std::sort(entries.begin(), entries.end());
  return entries;
}

template <class Map>
Result<StringMap> read_metadata(const Map& map) {
  StringMap metadata = read_map(map);
  if (!is_valid_metadata(metadata)) return malformed("metadata breaks its limits");
  return metadata;
}

/// A message with metadata needs no data, and then has an empty text.
template <class Message>
Result<Data> read_data(const Message& message, bool has_metadata) {
  auto data = message.has_data() ? read_protobuf(message.data()) : std::nullopt;
  if (!data && has_metadata) return Data{DataType::Text, {}};
  if (!data) return malformed("data is missing");
  if (data->type == DataType::Json && !is_valid_json(data->bytes)) {
    return malformed("json_data is not valid JSON");
  }
  return *std::move(data);
}

template <class Frame>
Result<UpstreamFrame> read_group_request(const wire::GroupRequestMessage& message) {
  if (!is_valid_group_name(message.group())) return malformed("group is not a valid group name");
  return UpstreamFrame(Frame{message.group(), ack_id_of(message)});
}

Result<UpstreamFrame> read(const wire::SendToGroupMessage& message) {
  if (!is_valid_group_name(message.group())) return malformed("group is not a valid group name");
  SendToGroup frame{message.group(), ack_id_of(message), message.no_echo()};
  if (message.has_ttl_seconds()) frame.ttl_seconds = message.ttl_seconds();
  if (frame.ttl_seconds > kMaxTtlSeconds) return malformed("ttl_seconds is over 300");
  auto metadata = read_metadata(message.metadata());
  if (!metadata) return std::move(metadata).error();
  frame.metadata = std::move(metadata).value();
  if (!message.has_stream()) {
    auto data = read_data(message, !frame.metadata.empty());
    if (!data) return std::move(data).error();
    frame.data = std::move(data).value();
    return UpstreamFrame(std::move(frame));
  }
  frame.stream = StreamStart{message.stream().stream_id(), {}};
  if (message.has_data() || frame.ack_id || !is_valid_stream_id(frame.stream->stream_id)) {
    return malformed("the start of a stream has an id and neither data nor ack_id");
  }
  if (message.stream().has_idle_timeout_ms()) {
    frame.stream->idle_timeout_ms = message.stream().idle_timeout_ms();
    if (frame.stream->idle_timeout_ms == 0U) return malformed("idle_timeout_ms is not positive");
  }
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read(const wire::EventMessage& message) {
  if (!is_valid_event_name(message.event())) return malformed("event is not a valid event name");
  auto metadata = read_metadata(message.metadata());
  if (!metadata) return std::move(metadata).error();
  auto data = read_data(message, !(*metadata).empty());
  if (!data) return std::move(data).error();
  return UpstreamFrame(SendEvent{message.event(), ack_id_of(message), std::move(data).value(),
                                 std::move(metadata).value()});
}

Result<UpstreamFrame> read(const wire::InvokeEventMessage& message) {
  if (!is_valid_event_name(message.event())) return malformed("event is not a valid event name");
  if (!is_valid_stream_id(message.invocation_id())) return malformed("invocation_id is missing");
  Invoke frame{message.invocation_id(), message.event(), {}};
  if (!message.has_data()) return UpstreamFrame(std::move(frame));
  auto data = read_data(message, false);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read(const wire::StreamDataMessage& message) {
  if (!is_valid_stream_id(message.stream_id())) return malformed("stream_id is missing");
  StreamData frame{message.stream_id(), message.stream_sequence_id(), {}};
  if (!message.has_stream_sequence_id() && !message.has_data()) {
    return UpstreamFrame(std::move(frame));
  }
  if (frame.stream_sequence_id == 0) return malformed("stream_sequence_id is not positive");
  auto data = read_data(message, false);
  if (!data) return std::move(data).error();
  frame.data = std::move(data).value();
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read(const wire::StreamEndMessage& message) {
  if (!is_valid_stream_id(message.stream_id())) return malformed("stream_id is missing");
  StreamEnd frame{message.stream_id(), {}};
  if (message.has_error()) {
    frame.error = StreamFailure{message.error().message(), message.error().user_error_code()};
  }
  return UpstreamFrame(std::move(frame));
}

Result<UpstreamFrame> read(const wire::SetGroupStateMessage& message) {
  if (!is_valid_group_name(message.group())) return malformed("group is not a valid group name");
  SetGroupState frame{message.group(), {}, ack_id_of(message)};
  if (message.has_state()) frame.state = read_map(message.state().entries());
  return UpstreamFrame(std::move(frame));
}

}  // namespace

void write_protobuf(const UpstreamFrame& frame, wire::UpstreamMessage& message) {
  std::visit(Writer{message}, frame);
}

Result<UpstreamFrame> read_protobuf(const wire::UpstreamMessage& message) {
  using wire::UpstreamMessage;
  switch (message.message_case()) {
    case UpstreamMessage::kSendToGroupMessage:
      return read(message.send_to_group_message());
    case UpstreamMessage::kEventMessage:
      return read(message.event_message());
    case UpstreamMessage::kJoinGroupMessage:
      return read_group_request<JoinGroup>(message.join_group_message());
    case UpstreamMessage::kLeaveGroupMessage:
      return read_group_request<LeaveGroup>(message.leave_group_message());
    case UpstreamMessage::kSequenceAckMessage:
      if (message.sequence_ack_message().sequence_id() == 0) break;
      return UpstreamFrame(SequenceAck{message.sequence_ack_message().sequence_id()});
    case UpstreamMessage::kPingMessage:
      return UpstreamFrame(Ping{});
    case UpstreamMessage::kInvokeEventMessage:
      return read(message.invoke_event_message());
    case UpstreamMessage::kCancelInvocationMessage:
      return UpstreamFrame(CancelInvocation{message.cancel_invocation_message().invocation_id()});
    case UpstreamMessage::kStreamDataMessage:
      return read(message.stream_data_message());
    case UpstreamMessage::kStreamEndMessage:
      return read(message.stream_end_message());
    case UpstreamMessage::kSetGroupStateMessage:
      return read(message.set_group_state_message());
    case UpstreamMessage::kSubscribeGroupStateMessage:
      return read_group_request<SubscribeGroupState>(message.subscribe_group_state_message());
    case UpstreamMessage::kUnsubscribeGroupStateMessage:
      return read_group_request<UnsubscribeGroupState>(message.unsubscribe_group_state_message());
    case UpstreamMessage::MESSAGE_NOT_SET:
      break;
  }
  return malformed("the message holds nothing that is known");
}

}  // namespace webpubsub
