#include <algorithm>
#include <utility>

#include "webpubsub/protocol/protobuf_messages.h"

namespace webpubsub {
namespace {

// ---- writing -------------------------------------------------------------------------------

struct Writer {
  wire::DownstreamMessage& out;

  static void error(const std::string& name, const std::string& message,
                    wire::ErrorDetail& detail) {
    detail.set_name(name);
    detail.set_message(message);
  }

  void operator()(const Connected& frame) const {
    auto& message = *out.mutable_system_message()->mutable_connected_message();
    message.set_connection_id(frame.connection_id);
    message.set_user_id(frame.user_id);
    if (!frame.reconnection_token.empty()) {
      message.set_reconnection_token(frame.reconnection_token);
    }
  }
  void operator()(const Disconnected& frame) const {
    out.mutable_system_message()->mutable_disconnected_message()->set_reason(frame.message);
  }
  void operator()(const Ack& frame) const {
    auto& message = *out.mutable_ack_message();
    message.set_ack_id(frame.ack_id);
    message.set_success(frame.success);
    if (!frame.success) error(frame.error_name, frame.error_message, *message.mutable_error());
  }
  template <class Frame>
  static void data_message(const Frame& frame, wire::DataMessage& message) {
    write_protobuf(frame.data, *message.mutable_data());
    if (frame.sequence_id) message.set_sequence_id(*frame.sequence_id);
    for (const auto& [name, value] : frame.metadata) (*message.mutable_metadata())[name] = value;
  }
  void operator()(const GroupMessage& frame) const {
    auto& message = *out.mutable_data_message();
    message.set_from("group");
    message.set_group(frame.group);
    data_message(frame, message);
    if (!frame.stream) return;
    auto& stream = *message.mutable_stream();
    stream.set_stream_id(frame.stream->stream_id);
    stream.set_stream_sequence_id(frame.stream->stream_sequence_id);
    if (frame.stream->end_of_stream) stream.set_end_of_stream(true);
    if (!frame.stream->error) return;
    stream.mutable_error()->set_name(frame.stream->error->name);
    stream.mutable_error()->set_message(frame.stream->error->message);
    stream.mutable_error()->set_user_error_code(frame.stream->error->user_error_code);
  }
  void operator()(const ServerMessage& frame) const {
    auto& message = *out.mutable_data_message();
    message.set_from("server");
    data_message(frame, message);
  }
  void operator()(const Pong&) const { out.mutable_pong_message(); }
  void operator()(const UnknownFrame&) const {}
  void operator()(const InvokeResponse& frame) const {
    auto& message = *out.mutable_invoke_response_message();
    message.set_invocation_id(frame.invocation_id);
    message.set_success(frame.success);
    if (frame.data) write_protobuf(*frame.data, *message.mutable_data());
    if (!frame.success) error(frame.error_name, frame.error_message, *message.mutable_error());
  }
  void operator()(const StreamAck& frame) const {
    out.mutable_stream_ack_message()->set_stream_id(frame.stream_id);
    out.mutable_stream_ack_message()->set_expected_sequence_id(frame.expected_sequence_id);
  }
  void operator()(const StreamNack& frame) const {
    auto& message = *out.mutable_stream_nack_message();
    message.set_stream_id(frame.stream_id);
    message.set_name(frame.name);
    message.set_message(frame.message);
    message.set_expected_sequence_id(frame.expected_sequence_id);
  }
  void operator()(const StreamClosed& frame) const {
    auto& message = *out.mutable_stream_closed_message();
    message.set_stream_id(frame.stream_id);
    if (frame.error_name.empty()) return;
    error(frame.error_name, frame.error_message, *message.mutable_error());
  }
  void operator()(const GroupStates& frame) const {
    auto& message = frame.is_snapshot ? *out.mutable_group_state_snapshot_message()
                                      : *out.mutable_group_state_update_message();
    message.set_group(frame.group);
    if (frame.sequence_id) message.set_sequence_id(*frame.sequence_id);
    for (const GroupStateItem& item : frame.items) {
      auto& to = *message.add_items();
      to.set_connection_id(item.connection_id);
      if (!item.user_id.empty()) to.set_user_id(item.user_id);
      to.set_updated_at(item.updated_at);
      if (!item.state) continue;
      auto& entries = *to.mutable_state()->mutable_entries();
      for (const auto& [name, value] : *item.state) entries[name] = value;
    }
  }
};

// ---- reading -------------------------------------------------------------------------------

/// In an order of its own, since a map on the wire has none.
template <class Map>
StringMap read_map(const Map& map) {
  StringMap entries(map.begin(), map.end());
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// Services from before presence was told write 0 where there is no number.
template <class Message>
std::optional<SequenceId> sequence_id_of(const Message& message) {
  return message.sequence_id() == 0 ? std::nullopt
                                    : std::optional<SequenceId>(message.sequence_id());
}

DownstreamFrame read(const wire::AckMessage& message) {
  return Ack{message.ack_id(), message.success(), message.error().name(),
             message.error().message()};
}

StreamInfo read(const wire::StreamInfo& message) {
  StreamInfo stream{message.stream_id(), message.stream_sequence_id(), message.end_of_stream(), {}};
  if (message.has_error()) {
    const auto& error = message.error();
    stream.error = StreamError{error.name(), error.message(), error.user_error_code()};
  }
  return stream;
}

DownstreamFrame read(const wire::DataMessage& message) {
  auto data = read_protobuf(message.data());
  const bool from_group = message.from() == "group";
  if (!data || (!from_group && message.from() != "server")) return UnknownFrame{"message"};
  auto metadata = read_map(message.metadata());
  const auto sequence_id = sequence_id_of(message);
  if (!from_group) return ServerMessage{*std::move(data), sequence_id, std::move(metadata)};
  GroupMessage frame{message.group(), {}, *std::move(data), sequence_id, std::move(metadata), {}};
  if (message.has_stream()) frame.stream = read(message.stream());
  return frame;
}

DownstreamFrame read(const wire::SystemMessage& message) {
  if (message.has_connected_message()) {
    const auto& connected = message.connected_message();
    return Connected{connected.connection_id(), connected.user_id(),
                     connected.reconnection_token()};
  }
  if (message.has_disconnected_message()) {
    return Disconnected{message.disconnected_message().reason()};
  }
  return UnknownFrame{"system"};
}

DownstreamFrame read(const wire::InvokeResponseMessage& message) {
  InvokeResponse frame{message.invocation_id(),
                       message.success(),
                       {},
                       message.error().name(),
                       message.error().message()};
  if (message.has_data()) frame.data = read_protobuf(message.data());
  return frame;
}

DownstreamFrame read(const wire::GroupStatesMessage& message, bool is_snapshot) {
  GroupStates frame{is_snapshot, message.group(), {}, sequence_id_of(message)};
  for (const auto& item : message.items()) {
    GroupStateItem to{item.connection_id(), item.user_id(), {}, item.updated_at()};
    if (item.has_state()) to.state = read_map(item.state().entries());
    frame.items.push_back(std::move(to));
  }
  return frame;
}

}  // namespace

void write_protobuf(const DownstreamFrame& frame, wire::DownstreamMessage& message) {
  std::visit(Writer{message}, frame);
}

DownstreamFrame read_protobuf(const wire::DownstreamMessage& message) {
  using wire::DownstreamMessage;
  switch (message.message_case()) {
    case DownstreamMessage::kAckMessage:
      return read(message.ack_message());
    case DownstreamMessage::kDataMessage:
      return read(message.data_message());
    case DownstreamMessage::kSystemMessage:
      return read(message.system_message());
    case DownstreamMessage::kPongMessage:
      return Pong{};
    case DownstreamMessage::kInvokeResponseMessage:
      return read(message.invoke_response_message());
    case DownstreamMessage::kStreamAckMessage:
      return StreamAck{message.stream_ack_message().stream_id(),
                       message.stream_ack_message().expected_sequence_id()};
    case DownstreamMessage::kStreamNackMessage: {
      const auto& nack = message.stream_nack_message();
      return StreamNack{nack.stream_id(), nack.expected_sequence_id(), nack.name(), nack.message()};
    }
    case DownstreamMessage::kStreamClosedMessage: {
      const auto& closed = message.stream_closed_message();
      return StreamClosed{closed.stream_id(), closed.error().name(), closed.error().message()};
    }
    case DownstreamMessage::kGroupStateUpdateMessage:
      return read(message.group_state_update_message(), false);
    case DownstreamMessage::kGroupStateSnapshotMessage:
      return read(message.group_state_snapshot_message(), true);
    case DownstreamMessage::MESSAGE_NOT_SET:
      break;
  }
  return UnknownFrame{};
}

}  // namespace webpubsub
