// Coming back to a connection whose socket was lost, and sending again what it left unanswered.

#include <algorithm>
#include <utility>

#include "webpubsub/client/client_impl.h"
#include "webpubsub/client/errors.h"

namespace webpubsub {

/// The socket, or the attempt at a new one, is gone; the connection may still be there.
void ClientImpl::recover(const Error& why) {
  ++attempt_;
  socket_.reset();
  const TimePoint now = steady_now();
  const bool is_first = state_ == ClientState::Connected;
  if (is_first) {
    const bool stable = now - connected_at_ >= options_.stable_after;
    if (stable && !waits_for_acks()) recovery_.progress();
    if (recovery_.is_fruitless()) return lose(why, std::nullopt);
    recovery_.begin(why, now, options_.recovery_window, stable);
  }
  const auto at = recovery_.next_attempt(now);
  if (!at) return lose(Error(recovery_.why()), std::nullopt);
  state_ = ClientState::Recovering;
  phase_deadline_ = *at;
  resend_from_ = 0;
  arm();
  if (!is_first) return;

  // What was to be acknowledged waits and is sent again; what left is done; the rest did not leave.
  SettledList settled;
  const Error lost = ended_first("the connection was lost first: ", why);
  sent_.end(lost, settled);
  invocations_.end(lost, settled);
  const Watch alive = watch();
  run(std::move(settled));
  if (!alive.expired() && state_ == ClientState::Recovering) listener_.on_recovering(why);
}

/// Whether a recovered connection would be sent something again.
bool ClientImpl::waits_for_acks() const {
  return acks_.size() > 0 || std::any_of(streams_.begin(), streams_.end(), [](const auto& stream) {
           return stream.second.is_waiting();
         });
}

void ClientImpl::attempt_recovery() {
  const TimePoint now = steady_now();
  phase_deadline_ = std::min(now + options_.connect_timeout, recovery_.deadline());
  arm();
  open(recovery_.url());
}

/// The socket is open. Whether the connection is still there shows with the first frame, or with a
/// close frame; a ping makes sure that there will be a frame.
void ClientImpl::on_open() {
  if (state_ != ClientState::Recovering || closing_) return;
  options_.codec->encode(UpstreamFrame(Ping{}), frame_);
  if (write(frame_) == Offer::Accepted) sent_.add({});
}

/// False when the client is gone or changed its mind.
bool ClientImpl::finish_recovery() {
  const TimePoint now = steady_now();
  state_ = ClientState::Connected;
  phase_deadline_.reset();
  connected_at_ = now;
  keep_alive_.start(now);
  log_.write(LogLevel::Debug, "webpubsub.recovered", "the connection was recovered",
             {{"link", "cloud"}});
  resend_from_ = 1;
  resend();
  pump_groups();
  pump_group_states();
  arm();
  SettledList settled;
  resume_streams(settled);
  const Watch alive = watch();
  run(std::move(settled));
  if (alive.expired() || !is_open()) return false;
  listener_.on_recovered();
  if (alive.expired() || !is_open()) return false;
  tell_drained();
  return !alive.expired() && is_open();
}

/// Sends what has no answer yet once more, oldest first, as far as the socket takes it.
void ClientImpl::resend() {
  if (resend_from_ == 0) return;
  while (const auto ack_id = acks_.first_unanswered(resend_from_)) {
    if (!write_again(*ack_id)) return;  // on_drain() comes back here
    resend_from_ = *ack_id + 1;
  }
  resend_from_ = 0;
}

bool ClientImpl::write_again(AckId ack_id) {
  if (write(acks_.frame(ack_id)) != Offer::Accepted) return false;
  sent_.add({});
  const TimePoint deadline = steady_now() + options_.ack_timeout;
  acks_.resumed(ack_id, deadline);
  wake_by(deadline);
  return true;
}

/// Those whose answer was that they may be tried again.
void ClientImpl::retry_sends(TimePoint now) {
  while (const auto ack_id = acks_.rested(now)) {
    if (!write_again(*ack_id)) return;
  }
}

/// Takes note of a message's sequence id before anyone sees the message. False when it came before.
bool ClientImpl::is_new(const std::optional<SequenceId>& sequence_id, std::size_t bytes) {
  if (!sequence_id || !options_.codec->is_reliable()) return true;
  const TimePoint now = steady_now();
  const bool is_new = sequences_.arrived(*sequence_id, bytes, now);
  if (is_new) recovery_.progress();
  if (sequences_.is_due(now)) {
    send_sequence_ack();
  } else {
    wake_by(*sequences_.deadline());
  }
  return is_new;
}

void ClientImpl::send_sequence_ack() {
  options_.codec->encode(UpstreamFrame(SequenceAck{sequences_.largest()}), frame_);
  if (socket_->send(message_type(), frame_) == Offer::Accepted) {
    sent_.add({});
    sequences_.acknowledged();
  } else {
    sequences_.postpone(steady_now());
  }
}

}  // namespace webpubsub
