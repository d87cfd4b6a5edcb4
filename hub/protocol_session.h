// A client that speaks a subprotocol: frames in, acks and messages out.

#pragma once

#include <optional>
#include <string_view>

#include "hub/client_session.h"
#include "hub/publisher_streams.h"
#include "hub/recent_acks.h"
#include "net/event_loop.h"
#include "webpubsub/protocol/codec.h"

namespace webpubsub::hub {

class ProtocolSession : public ClientSession {
 public:
  ProtocolSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
                  const Codec& codec, std::function<void(ClientSession&)> on_end)
      : ClientSession(context, events, std::move(identity), std::move(on_end)), codec_(codec) {}

  bool deliver(SharedMessage& message) override { return queue(message.encoded(codec_)); }

 protected:
  void greet() override;
  void on_payload(net::MessageType type, std::string_view payload) override;
  void say_goodbye(std::string_view reason) override;
  void on_leaving() override;

  /// Empty: the connection ends with its socket.
  virtual std::string_view reconnection_token() const { return {}; }
  /// Means nothing without a reliable subprotocol, and is no error.
  virtual void on_sequence_ack(SequenceId id) { static_cast<void>(id); }
  const Codec& codec() const noexcept { return codec_; }

 private:
  void handle(const JoinGroup& frame);
  void handle(const LeaveGroup& frame);
  void handle(SendToGroup frame);
  void handle(const SendEvent& frame);
  void handle(const Invoke& frame);
  /// Comes too late: frames are handled one after another, so the answer has gone out.
  void handle(const CancelInvocation&) {}
  void handle(StreamData frame);
  void handle(const StreamEnd& frame);
  void handle(SetGroupState frame);
  void handle(const SubscribeGroupState& frame);
  void handle(const UnsubscribeGroupState& frame);
  void handle(Ping frame);
  void handle(SequenceAck frame) { on_sequence_ack(frame.sequence_id); }

  /// Answers a request that was carried out before.
  bool is_duplicate(std::optional<AckId> id);
  void succeed(std::optional<AckId> id);
  void fail(std::optional<AckId> id, std::string_view name, std::string_view message);
  void forbid(std::optional<AckId> id, std::string_view what, std::string_view group);
  void answer_invocation(const std::string& id, EventReply reply);
  void answer_event(std::optional<AckId> id, EventReply reply);
  void send_frame(const DownstreamFrame& frame) { send(encode_frame(codec_, frame)); }

  // Group state (protocol_group_state.cpp)
  void tell_state(const GroupStateBoard::Key& where);
  void forget_states();

  // Streams (protocol_streams.cpp)
  void start_stream(const SendToGroup& frame);
  void close_stream(const std::string& id, std::string_view name, std::string_view message);
  void end_stream(const PublisherStreams::Ended& ended, std::optional<StreamError> error,
                  bool no_echo);
  void watch_streams();
  void end_idle_streams();

  const Codec& codec_;
  PublisherStreams streams_;
  std::unique_ptr<net::Timer> stream_timer_;  // null as long as there was no stream
  RecentAcks recent_acks_;
};

}  // namespace webpubsub::hub
