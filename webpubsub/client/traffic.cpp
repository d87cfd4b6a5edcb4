#include <utility>

#include "webpubsub/client/client_impl.h"
#include "webpubsub/client/errors.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {
namespace {

constexpr std::size_t kMaxFarewell = 1024;

Error bad_name(std::string_view what) { return {Errc::InvalidArgument, std::string(what), 0}; }

}  // namespace

// ---- what arrives --------------------------------------------------------------------------

void ClientImpl::on_message(net::MessageType type, std::string_view payload) {
  keep_alive_.heard(steady_now());
  if (state_ == ClientState::Recovering && (closing_ || !finish_recovery())) return;
  if ((type == net::MessageType::Binary) != options_.codec->is_binary()) {
    return note_malformed("it is of the wrong WebSocket message type");
  }
  auto frame = options_.codec->decode_downstream(payload);
  if (!frame) return note_malformed(frame.error().message);
  std::visit([this](auto& known) { handle(known); }, *frame);
}

void ClientImpl::note_malformed(const std::string& what) {
  // Passed over like the official clients do; the service may know better than we.
  log_.burst(steady_now(), LogLevel::Warning, "webpubsub.frame_ignored",
             "a frame from the service was ignored: " + what, {{"link", "cloud"}});
}

void ClientImpl::handle(Connected& frame) {
  if (closing_) return;
  if (options_.codec->is_reliable() && !frame.reconnection_token.empty()) {
    recovery_.learn(url_, frame.connection_id, frame.reconnection_token);
  }
  if (state_ != ClientState::Connecting) return;  // it tells of a recovery, or is of no meaning
  state_ = ClientState::Connected;
  phase_deadline_.reset();
  connected_at_ = steady_now();
  unanswered_since_.reset();
  keep_alive_.start(connected_at_);
  sequences_.reset();
  groups_.connected();
  if (options_.auto_restore_group_states) states_.connected();
  pump_groups();
  pump_group_states();
  arm();
  listener_.on_connected(frame);
}

void ClientImpl::handle(Disconnected& frame) {
  farewell_ = std::move(frame.message);
  if (farewell_.size() > kMaxFarewell) farewell_.resize(kMaxFarewell);
}

void ClientImpl::handle(Ack& frame) {
  unanswered_since_.reset();
  recovery_.progress();
  if (asks_for_retry(frame)) {
    const TimePoint at = steady_now() + options_.send_retry_delay;
    if (acks_.rest(frame.ack_id, at)) return wake_by(at);
  }
  const auto done = acks_.take(frame.ack_id);
  if (!done) return;  // it came after its time
  const Watch alive = watch();
  if (*done) (*done)(ack_outcome(frame));
  if (alive.expired()) return;
  pump_group_states();
  tell_room_for_acks();
}

void ClientImpl::handle(GroupMessage& frame) {
  if (!is_new(frame.sequence_id, frame.data.bytes.size()) || !receive_stream(frame)) return;
  listener_.on_group_message(frame);
}

void ClientImpl::handle(ServerMessage& frame) {
  if (is_new(frame.sequence_id, frame.data.bytes.size())) listener_.on_server_message(frame);
}

void ClientImpl::handle(Pong&) {}

// ---- what leaves ---------------------------------------------------------------------------

/// The answer to a send that cannot be taken now.
std::optional<Offer> ClientImpl::turn_away(bool acknowledged) {
  if (!is_open() || resend_from_ != 0) {
    if (closing_ || !has_connection()) return Offer::Offline;
    wants_drain_ = true;  // once the connection is back
    return Offer::Full;
  }
  if (acknowledged && (acks_.size() >= options_.max_pending_acks ||
                       acks_.bytes() >= options_.max_pending_ack_bytes)) {
    wants_acks_ = true;
    return Offer::Full;
  }
  return std::nullopt;
}

Offer ClientImpl::send_to_group(std::string_view group, DataType type, std::string_view bytes,
                                SendOptions options, Completion done) {
  if (const auto away = turn_away(options.acknowledged)) return *away;
  if (!is_valid_group_name(group)) {
    settle_later(std::move(done), bad_name("a group name has 1 to 1024 characters, not all blank"));
    return Offer::Accepted;
  }
  const auto ack_id = options.acknowledged ? std::optional(next_ack_id_) : std::nullopt;
  if (!options.ttl_seconds && options.metadata.empty()) {
    options_.codec->encode_send_to_group(group, type, bytes, ack_id, options.no_echo, frame_);
    return transmit(ack_id, std::move(done));
  }
  if (options.ttl_seconds > kMaxTtlSeconds || !is_valid_metadata(options.metadata)) {
    settle_later(std::move(done), bad_name("a TTL or metadata beyond the service's limits"));
    return Offer::Accepted;
  }
  const UpstreamFrame frame = SendToGroup{.group = std::string(group),
                                          .ack_id = ack_id,
                                          .no_echo = options.no_echo,
                                          .data = {type, std::string(bytes)},
                                          .ttl_seconds = options.ttl_seconds,
                                          .metadata = std::move(options.metadata)};
  options_.codec->encode(frame, frame_);
  return transmit(ack_id, std::move(done));
}

Offer ClientImpl::send_event(std::string_view event, DataType type, std::string_view bytes,
                             bool acknowledged, Completion done) {
  if (const auto away = turn_away(acknowledged)) return *away;
  if (!is_valid_event_name(event)) {
    settle_later(std::move(done),
                 bad_name("an event name is a letter, then letters, digits, '_', '.' and '-'"));
    return Offer::Accepted;
  }
  const auto ack_id = acknowledged ? std::optional(next_ack_id_) : std::nullopt;
  const UpstreamFrame frame = SendEvent{std::string(event), ack_id, Data{type, std::string(bytes)}};
  options_.codec->encode(frame, frame_);
  return transmit(ack_id, std::move(done));
}

/// Sends frame_, which carries `ack_id` if there is one.
Offer ClientImpl::transmit(std::optional<AckId> ack_id, Completion done) {
  if (frame_.size() > kMaxServiceMessage) {
    settle_later(std::move(done), Error{Errc::InvalidArgument,
                                        "the message is over the service's limit of 1 MiB", 0});
    return Offer::Accepted;
  }
  const Offer offer = write(frame_);
  if (offer != Offer::Accepted) return offer;
  if (!ack_id) {
    sent_.add(std::move(done));
    return offer;
  }
  ++next_ack_id_;
  sent_.add({});
  const TimePoint deadline = steady_now() + options_.ack_timeout;
  acks_.add(*ack_id, deadline, {frame_, options_.max_send_retries, std::move(done)});
  wake_by(deadline);
  return offer;
}

Offer ClientImpl::write(std::string_view frame) {
  const Offer offer = socket_->send(message_type(), frame);
  if (offer == Offer::Full) wants_drain_ = true;
  return offer;
}

net::MessageType ClientImpl::message_type() const {
  return options_.codec->is_binary() ? net::MessageType::Binary : net::MessageType::Text;
}

void ClientImpl::send_ping() {
  options_.codec->encode(UpstreamFrame(Ping{}), frame_);
  if (write(frame_) == Offer::Accepted) sent_.add({});
}

void ClientImpl::on_sent(std::size_t count) {
  sent_.left(count);
  const Watch alive = watch();
  while (const Completion done = sent_.take()) {
    done({});
    if (alive.expired()) return;
  }
}

void ClientImpl::on_drain() {
  if (!is_open()) return;
  resend();
  retry_sends(steady_now());
  pump_groups();
  pump_group_states();
  pump_streams();
  tell_drained();
}

void ClientImpl::tell_drained() {
  if (resend_from_ == 0 && std::exchange(wants_drain_, false)) listener_.on_drain();
}

/// Once a quarter is free, lest every single ack wakes the sender.
void ClientImpl::tell_room_for_acks() {
  if (!wants_acks_ || !is_open() || acks_.size() > options_.max_pending_acks * 3 / 4 ||
      acks_.bytes() > options_.max_pending_ack_bytes * 3 / 4) {
    return;
  }
  wants_acks_ = false;
  listener_.on_drain();
}

// ---- groups --------------------------------------------------------------------------------

void ClientImpl::join_group(std::string_view group, Completion done) {
  if (!is_valid_group_name(group)) {
    return settle_later(std::move(done),
                        bad_name("a group name has 1 to 1024 characters, not all blank"));
  }
  Completion kept = done;  // join() drops what it is given when it refuses
  if (!groups_.join(std::string(group), std::move(done))) {
    return settle_later(std::move(kept),
                        Error{Errc::ResourceExhausted, "no room for another group", 0});
  }
  if (is_open()) pump_groups();
}

void ClientImpl::leave_group(std::string_view group, Completion done) {
  SettledList settled;
  groups_.leave(std::string(group), std::move(done), settled);
  for (Settled& one : settled) settle_later(std::move(one.done), std::move(one.outcome));
  if (is_open()) pump_groups();
}

/// Sends what the groups have to send, as far as window and socket allow.
void ClientImpl::pump_groups() {
  while (const GroupRequest* request = groups_.next()) {
    const AckId ack_id = next_ack_id_;
    const UpstreamFrame upstream = request->join
                                       ? UpstreamFrame(JoinGroup{request->group, ack_id})
                                       : UpstreamFrame(LeaveGroup{request->group, ack_id});
    options_.codec->encode(upstream, frame_);
    if (write(frame_) != Offer::Accepted) return;  // on_drain() comes back here
    ++next_ack_id_;
    groups_.sent(ack_id);
    sent_.add({});
    const TimePoint deadline = steady_now() + options_.ack_timeout;
    // A list of outcomes may be told after one in it destroyed the client.
    const auto answered = [this, ack_id, watch = watch()](const Result<void>& outcome) {
      if (!watch.expired()) on_group_answer(ack_id, outcome);
    };
    acks_.add(ack_id, deadline, {frame_, 0, answered});  // groups_ has retries of its own
    wake_by(deadline);
  }
}

void ClientImpl::on_group_answer(AckId ack_id, const Result<void>& outcome) {
  SettledList settled;
  const auto failure = groups_.answered(ack_id, outcome, steady_now(), settled);
  if (is_open()) {
    pump_groups();
    arm();
  }
  const Watch alive = watch();
  run(std::move(settled));
  if (failure && !alive.expired()) listener_.on_rejoin_failed(failure->group, failure->why);
}

// ---- small things --------------------------------------------------------------------------

/// For outcomes known at once: `done` never runs inside the call it was given to.
void ClientImpl::settle_later(Completion done, Result<void> outcome) {
  if (!done) return;
  settle(later_, std::move(done), std::move(outcome));
  if (later_.size() > 1) return;  // already on its way
  loop_.defer([this, watch = watch()] {
    if (!watch.expired()) run(std::exchange(later_, {}));
  });
}

std::size_t ClientImpl::queued_bytes() const { return socket_ ? socket_->queued_bytes() : 0; }

}  // namespace webpubsub
