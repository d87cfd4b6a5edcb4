// Streams over groups, as the publisher's session serves them. Source: reference, section 3.6.

#include <utility>

#include "hub/protocol_session.h"

namespace webpubsub::hub {

namespace {

GroupMessage message_of(const std::string& id, const PublisherStream& stream) {
  return {.group = stream.group,
          .data = {DataType::Text, {}},
          .metadata = stream.metadata,
          .stream = StreamInfo{.stream_id = id, .stream_sequence_id = stream.expected}};
}

}  // namespace

void ProtocolSession::close_stream(const std::string& id, std::string_view name,
                                   std::string_view message) {
  send_frame(StreamClosed{id, std::string(name), std::string(message)});
}

void ProtocolSession::start_stream(const SendToGroup& frame) {
  const std::string& id = frame.stream->stream_id;
  if (!permissions().send.allows(frame.group)) {
    return close_stream(id, "Forbidden",
                        "The client does not have permission to send to the group.");
  }
  if (!streams_.start(frame, steady_now())) {
    return close_stream(id, "BadRequest", "The stream id is in use, or too many streams are open.");
  }
  watch_streams();
  send_frame(StreamAck{id, 1});
}

void ProtocolSession::handle(StreamData frame) {
  PublisherStream* stream = streams_.find(frame.stream_id, steady_now());
  if (stream == nullptr) {
    return close_stream(frame.stream_id, "StreamNotFound", "There is no such stream.");
  }
  if (!frame.data) return;  // it only says that it lives
  if (frame.stream_sequence_id > stream->expected) {
    return send_frame(StreamNack{frame.stream_id, stream->expected, "InvalidSequenceId",
                                 "Something before it is missing."});
  }
  if (frame.stream_sequence_id == stream->expected) {
    GroupMessage message = message_of(frame.stream_id, *stream);
    message.data = *std::move(frame.data);
    const StreamAck ack{frame.stream_id, ++stream->expected};
    publish(std::move(message), stream->no_echo);
    if (!is_closing()) send_frame(ack);
    return;
  }
  send_frame(StreamAck{frame.stream_id, stream->expected});  // came before; its ack was lost
}

void ProtocolSession::handle(const StreamEnd& frame) {
  const auto ended = streams_.take(frame.stream_id);
  if (!ended) return close_stream(frame.stream_id, "StreamNotFound", "There is no such stream.");
  std::optional<StreamError> error;
  if (frame.error) {
    error = StreamError{"UserError", frame.error->message, frame.error->user_error_code};
  }
  end_stream(*ended, std::move(error), ended->second.no_echo);
  if (!is_closing()) close_stream(frame.stream_id, {}, {});
}

/// The last message that members get of it.
void ProtocolSession::end_stream(const PublisherStreams::Ended& ended,
                                 std::optional<StreamError> error, bool no_echo) {
  GroupMessage message = message_of(ended.first, ended.second);
  message.stream->end_of_stream = true;
  message.stream->error = std::move(error);
  publish(std::move(message), no_echo);
}

void ProtocolSession::watch_streams() {
  const auto deadline = streams_.deadline();
  if (!deadline) return;
  if (!stream_timer_) {
    stream_timer_ = std::make_unique<net::Timer>(context().loop, [this] { end_idle_streams(); });
  }
  stream_timer_->start_at(*deadline);
}

void ProtocolSession::end_idle_streams() {
  while (!is_closing()) {
    const auto ended = streams_.take_idle(steady_now());
    if (!ended) return watch_streams();
    constexpr const char* kWhy = "Nothing came for too long.";
    end_stream(*ended, StreamError{"IdleTimeout", kWhy, {}}, ended->second.no_echo);
    if (!is_closing()) close_stream(ended->first, "IdleTimeout", kWhy);
  }
}

/// Members must not wait for a publisher that is gone. It gets nothing of this itself.
void ProtocolSession::on_leaving() {
  forget_states();
  for (const auto& ended : streams_.take_all()) {
    end_stream(ended, StreamError{"Cancelled", "The publisher's connection has ended.", {}}, true);
  }
}

}  // namespace webpubsub::hub
