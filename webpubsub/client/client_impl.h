// The client's state and parts: internal to client/.
//
// client.cpp is its life (connecting, losing, waiting, stopping), reliability.cpp how it comes back
// to a connection, traffic.cpp what goes over one, invoking.cpp events with an answer,
// streaming.cpp streams that leave, receiving.cpp streams that arrive, group_state.cpp states set
// in groups. Two rules hold everywhere. State is put in order before anyone is told. And whoever is
// told may destroy the client, so after each call out watch() says whether to go on.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/websocket.h"
#include "webpubsub/client/client.h"
#include "webpubsub/client/group_membership.h"
#include "webpubsub/client/group_state_memory.h"
#include "webpubsub/client/invocations.h"
#include "webpubsub/client/keep_alive.h"
#include "webpubsub/client/outbound_stream.h"
#include "webpubsub/client/pending_acks.h"
#include "webpubsub/client/recovery.h"
#include "webpubsub/client/sent_queue.h"
#include "webpubsub/client/sequence_tracker.h"
#include "webpubsub/client/settled.h"

namespace webpubsub {

class ClientImpl final : public Client, private net::WebSocketListener {
 public:
  ClientImpl(net::EventLoop& loop, Credential& credential, ClientOptions options,
             ClientListener& listener, Log& log);
  ~ClientImpl() override;

  void start() override;
  void stop() override;
  void retry_now() override;
  ClientState state() const override { return state_; }
  Offer send_to_group(std::string_view group, DataType type, std::string_view bytes,
                      SendOptions options, Completion done) override;
  Offer send_event(std::string_view event, DataType type, std::string_view bytes, bool acknowledged,
                   Completion done) override;
  std::uint64_t invoke(std::string_view event, DataType type, std::string_view bytes,
                       InvokeDone done) override;
  void cancel_invocation(std::uint64_t id) override;
  std::string open_stream(std::string_view group, StreamOptions options,
                          Completion closed) override;
  Offer write_stream(const std::string& id, DataType type, std::string_view bytes,
                     Completion accepted) override;
  void end_stream(const std::string& id, std::optional<StreamFailure> failure) override;
  Offer keep_stream_alive(const std::string& id) override;
  std::shared_ptr<StreamReceiver> receive_streams(StreamReceiverOptions options,
                                                  StreamHandler handler) override;
  void set_group_state(std::string_view group, std::optional<StringMap> state,
                       Completion done) override;
  void subscribe_group_state(std::string_view group, Completion done) override;
  void unsubscribe_group_state(std::string_view group, Completion done) override;
  void join_group(std::string_view group, Completion done) override;
  void leave_group(std::string_view group, Completion done) override;
  std::size_t queued_bytes() const override;
  TimePoint last_heard() const override { return keep_alive_.heard_at(); }

 private:
  using Watch = std::weak_ptr<const bool>;

  // Life (client.cpp)
  void connect();
  void open(const Secret& url);
  void lose(const Error& why, std::optional<std::chrono::milliseconds> at_least);
  std::chrono::milliseconds next_wait(std::optional<std::chrono::milliseconds> at_least);
  void finish_stop();
  SettledList end_everything(const Error& why);
  void on_phase_deadline();
  void on_tick();
  bool expire_acks(TimePoint now);
  void give_up_invocation(std::uint64_t id, const Error& why);
  void wake_by(TimePoint deadline);
  void arm();

  // Coming back (reliability.cpp)
  void lose_or_recover(const Error& why, std::optional<std::chrono::milliseconds> at_least);
  void recover(const Error& why);
  bool waits_for_acks() const;
  void attempt_recovery();
  bool finish_recovery();
  void resend();
  bool write_again(AckId ack_id);
  void retry_sends(TimePoint now);
  bool is_new(const std::optional<SequenceId>& sequence_id, std::size_t bytes);
  void send_sequence_ack();

  // The socket's news (client.cpp, reliability.cpp)
  void on_open() override;
  void on_close(const net::CloseInfo& info) override;
  void on_pong() override;
  void on_message(net::MessageType type, std::string_view payload) override;
  void on_sent(std::size_t count) override;
  void on_drain() override;

  // Streams (streaming.cpp)
  void pump_stream(OutboundStream& stream);
  void pump_streams();
  void resume_streams(SettledList& settled);
  void end_streams(const Error& why, SettledList& settled);
  void expect_answer(OutboundStream& stream);
  bool expire_streams(TimePoint now);
  OutboundStream* find_stream(const std::string& id, std::uint64_t expected, SettledList& settled);
  void handle(StreamAck& frame);
  void handle(StreamNack& frame);
  void handle(StreamClosed& frame);

  bool receive_stream(const GroupMessage& frame);
  bool end_received_streams(const StreamError& why);
  bool expire_received_streams(TimePoint now);

  // States in groups (group_state.cpp)
  void request(std::string_view group, const UpstreamFrame& frame, Completion done);
  bool has_room_for_state(std::string_view group, Completion& done);
  void pump_group_states();
  void on_state_answer(const std::string& group, const Result<void>& outcome);

  // Traffic (traffic.cpp)
  void handle(Connected& frame);
  void handle(Disconnected& frame);
  void handle(Ack& frame);
  void handle(GroupMessage& frame);
  void handle(ServerMessage& frame);
  void handle(InvokeResponse& frame);
  void handle(GroupStates& frame);
  void handle(Pong& frame);
  template <class Other>
  void handle(Other&) {}  // answers to what this client does not ask for, and kinds not known here
  void note_malformed(const std::string& what);
  std::optional<Offer> turn_away(bool acknowledged);
  Offer transmit(std::optional<AckId> ack_id, Completion done);
  Offer write(std::string_view frame);
  void send_ping();
  void pump_groups();
  void on_group_answer(AckId ack_id, const Result<void>& outcome);
  void tell_room_for_acks();
  void tell_drained();
  net::MessageType message_type() const;
  void settle_later(Completion done, Result<void> outcome);

  Watch watch() const { return alive_; }
  bool is_open() const { return state_ == ClientState::Connected && !closing_; }
  bool has_connection() const {
    return state_ == ClientState::Connected || state_ == ClientState::Recovering;
  }

  net::EventLoop& loop_;
  Credential& credential_;
  ClientOptions options_;
  ClientListener& listener_;
  Log& log_;

  ClientState state_ = ClientState::Stopped;
  bool closing_ = false;       // from stop() to on_stopped(); state_ stays what it was
  std::uint64_t attempt_ = 0;  // tells a credential's late answer from one that still counts
  Backoff backoff_;
  TimePoint connected_at_{};
  std::optional<TimePoint> unanswered_since_{};  // no ack since a send was given up, then
  std::string farewell_{};                       // of the last `disconnected` frame
  std::optional<TimePoint> phase_deadline_{};    // of connecting, waiting or closing
  TimePoint not_before_{};                       // the service wants no attempt earlier

  Secret url_{};  // the present connection's
  Recovery recovery_{};
  SequenceTracker sequences_{};
  AckId resend_from_ = 0;  // what a recovered connection has to be told again; 0: nothing

  KeepAlive keep_alive_;
  PendingAcks acks_{};
  Invocations invocations_{};
  std::uint64_t next_invocation_ = 1;
  std::map<std::string, OutboundStream> streams_{};
  bool wants_streams_ = false;  // we answered Full for want of room in a stream
  SentQueue sent_{};
  GroupMembership groups_{};
  GroupStateMemory states_{};
  std::vector<std::weak_ptr<StreamReceiver>> receivers_{};
  SettledList later_{};
  AckId next_ack_id_ = 1;     // never reused: a late ack must not settle another request
  bool wants_drain_ = false;  // the socket answered Full
  bool wants_acks_ = false;   // we answered Full for want of room among the acks
  std::string frame_{};       // what is being sent; keeps its memory

  std::unique_ptr<net::WebSocket> socket_{};
  net::Timer timer_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace webpubsub
