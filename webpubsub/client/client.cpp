#include "webpubsub/client/client.h"

#include <algorithm>
#include <utility>

#include "net/websocket_client.h"
#include "webpubsub/client/client_impl.h"
#include "webpubsub/client/errors.h"
#include "webpubsub/client/long_token.h"

namespace webpubsub {
namespace {

/// Longer than the socket itself waits for the peer's close frame.
constexpr std::chrono::seconds kCloseTimeout{10};

Error stopped_error() { return {Errc::Cancelled, "the client was stopped", 0}; }

}  // namespace

std::unique_ptr<Client> Client::create(net::EventLoop& loop, Credential& credential,
                                       ClientOptions options, ClientListener& listener, Log& log) {
  return std::make_unique<ClientImpl>(loop, credential, std::move(options), listener, log);
}

ClientImpl::ClientImpl(net::EventLoop& loop, Credential& credential, ClientOptions options,
                       ClientListener& listener, Log& log)
    : loop_(loop),
      credential_(credential),
      options_(std::move(options)),
      listener_(listener),
      log_(log),
      backoff_(options_.reconnect),
      keep_alive_(options_.keep_alive_interval, options_.keep_alive_timeout),
      timer_(loop, [this] { on_tick(); }) {}

ClientImpl::~ClientImpl() {
  alive_.reset();
  socket_.reset();
  state_ = ClientState::Stopped;
  SettledList settled = end_everything({Errc::Cancelled, "the client was destroyed", 0});
  run(std::exchange(later_, {}));
  run(std::move(settled));
  end_received_streams({"Stopped", "the client was destroyed", {}});
}

void ClientImpl::start() {
  if (state_ != ClientState::Stopped) return;
  state_ = ClientState::Connecting;
  backoff_.reset();
  // On a later lap, so that nothing calls back before start() has returned.
  loop_.defer([this, watch = watch(), attempt = ++attempt_] {
    if (!watch.expired() && attempt == attempt_) connect();
  });
}

void ClientImpl::connect() {
  state_ = ClientState::Connecting;
  farewell_.clear();
  phase_deadline_ = steady_now() + options_.connect_timeout;
  arm();
  credential_.client_access_url(
      [this, watch = watch(), attempt = ++attempt_](const Result<Secret>& url) {
        if (watch.expired() || attempt != attempt_) return;
        if (url) {
          url_ = *url;
          open(url_);
        } else {
          lose(url.error(), std::nullopt);
        }
      });
}

void ClientImpl::open(const Secret& url) {
  net::WebSocketClientOptions options;
  options.url = std::string(url.reveal());
  options.subprotocol = std::string(options_.codec->subprotocol());
  options.tls = options_.tls;
  options.proxy = options_.proxy;
  options.connect_timeout = options_.connect_timeout;
  options.max_message_bytes = options_.max_message_bytes;
  options.max_queued_bytes = options_.max_queued_bytes;
  options.max_queued_messages = options_.max_queued_messages;
  move_long_token(options);
  auto socket = net::connect_websocket(loop_, std::move(options), *this);
  if (!socket) return lose(Error(socket.error()), std::nullopt);
  socket_ = std::move(socket).value();
}

/// The connection, or the attempt at one, is over.
void ClientImpl::lose(const Error& why, std::optional<std::chrono::milliseconds> at_least) {
  ++attempt_;
  socket_.reset();
  recovery_.forget();
  phase_deadline_.reset();
  const bool was_connected = has_connection();
  if (was_connected && steady_now() - connected_at_ >= options_.stable_after) backoff_.reset();

  std::optional<std::chrono::milliseconds> retry_in;
  if (options_.auto_reconnect) {
    retry_in = next_wait(at_least);
    state_ = ClientState::Waiting;
    const auto now = steady_now();
    phase_deadline_ = now + *retry_in;
    not_before_ = now + at_least.value_or(std::chrono::milliseconds(0));
  } else {
    state_ = ClientState::Stopped;
  }
  SettledList settled;
  groups_.disconnected(options_.auto_rejoin_groups && options_.auto_reconnect, why, settled);
  const Error ended = ended_first("the connection ended first: ", why);
  sent_.end(ended, settled);
  acks_.end(ended, settled);
  invocations_.end(ended, settled);
  end_streams(ended, settled);
  states_.disconnected();
  wants_drain_ = wants_acks_ = false;
  resend_from_ = 0;
  arm();

  const Watch alive = watch();
  run(std::move(settled));
  if (alive.expired() || !end_received_streams({"ConnectionLost", why.message, {}})) return;
  if (closing_) retry_in.reset();  // stopped by one of those just told
  listener_.on_disconnected(why, retry_in);
  if (!alive.expired() && state_ == ClientState::Stopped && !closing_) listener_.on_stopped();
}

std::chrono::milliseconds ClientImpl::next_wait(std::optional<std::chrono::milliseconds> at_least) {
  return std::max(backoff_.next(), at_least.value_or(std::chrono::milliseconds(0)));
}

void ClientImpl::retry_now() {
  if (state_ != ClientState::Waiting) return;
  phase_deadline_ = std::max(steady_now(), not_before_);
  arm();
}

void ClientImpl::stop() {
  if (state_ == ClientState::Stopped || closing_) return;
  closing_ = true;
  if (state_ == ClientState::Connected) {
    phase_deadline_ = steady_now() + kCloseTimeout;
    arm();
    if (sequences_.deadline()) send_sequence_ack();
    socket_->close(net::close_code::kNormal, "");
    return;
  }
  ++attempt_;  // a credential may still answer
  socket_.reset();
  phase_deadline_.reset();
  loop_.defer([this, watch = watch()] {
    if (!watch.expired()) finish_stop();
  });
}

void ClientImpl::finish_stop() {
  ++attempt_;
  socket_.reset();
  recovery_.forget();
  phase_deadline_.reset();
  const bool was_connected = has_connection();
  SettledList settled = end_everything(stopped_error());
  const Watch alive = watch();
  run(std::move(settled));
  if (alive.expired() || !end_received_streams({"Stopped", "the client was stopped", {}})) return;
  if (was_connected) listener_.on_disconnected(stopped_error(), std::nullopt);
  if (alive.expired()) return;
  state_ = ClientState::Stopped;
  closing_ = false;
  listener_.on_stopped();
}

SettledList ClientImpl::end_everything(const Error& why) {
  SettledList settled;
  sent_.end(why, settled);
  groups_.end(why, settled);
  acks_.end(why, settled);
  invocations_.end(why, settled);
  end_streams(why, settled);
  states_.disconnected();
  wants_drain_ = wants_acks_ = false;
  resend_from_ = 0;
  return settled;
}

void ClientImpl::on_phase_deadline() {
  if (closing_) return finish_stop();  // the peer did not even close
  if (state_ == ClientState::Waiting) return connect();
  if (state_ == ClientState::Recovering) {
    if (!socket_) return attempt_recovery();
    return recover({Errc::Timeout, "the service could not be reached in time", 0});
  }
  std::string_view what = "the credential gave no client access URL in time";
  if (socket_) what = "the service could not be reached in time";
  if (socket_ && socket_->is_open()) {
    what = "the other end sent no connected frame in time; check that it is Web PubSub";
  }
  lose({Errc::Timeout, std::string(what), 0}, std::nullopt);
}

void ClientImpl::on_tick() {
  const Watch alive = watch();
  const TimePoint now = steady_now();
  if (phase_deadline_ && *phase_deadline_ <= now) {
    phase_deadline_.reset();
    on_phase_deadline();
    if (alive.expired()) return;
  }
  if (state_ != ClientState::Recovering && !expire_acks(now)) return;
  if (!expire_received_streams(now)) return;
  if (is_open()) {
    switch (keep_alive_.due(now)) {
      case KeepAlive::Action::None:
        break;
      case KeepAlive::Action::Ping:
        send_ping();
        break;
      case KeepAlive::Action::GiveUp:
        // Dropped, not closed: a close handshake would wait for the dead.
        return lose_or_recover({Errc::Timeout, "the service has been silent for too long", 0},
                               std::nullopt);
    }
    if (sequences_.is_due(now)) send_sequence_ack();
    while (const auto id = invocations_.expired(now)) {
      give_up_invocation(*id, {Errc::Timeout, "the invocation was not answered in time", 0});
    }
    if (!expire_streams(now) || !is_open()) return;
    retry_sends(now);
    groups_.retry(now);
    pump_groups();
  }
  arm();
}

/// False when the client is gone, or its connection.
bool ClientImpl::expire_acks(TimePoint now) {
  const Watch alive = watch();
  bool is_deaf = false;
  while (const auto deadline = acks_.deadline()) {
    const auto done = acks_.take_expired(now);
    if (!done) break;
    if (!unanswered_since_) unanswered_since_ = now;
    is_deaf |= *deadline - options_.ack_timeout >= *unanswered_since_;
    if (*done) (*done)(Error{Errc::Timeout, "the service did not acknowledge it in time", 0});
    if (alive.expired()) return false;
  }
  if (is_deaf && is_open()) {
    // A connection recovered would be the same one: only a new one may be better.
    lose({Errc::Timeout, "the service answers pings and no sends", 0}, std::nullopt);
    return false;
  }
  tell_room_for_acks();
  return !alive.expired();
}

void ClientImpl::wake_by(TimePoint deadline) {
  const auto armed = timer_.deadline();
  if (!armed || deadline < *armed) timer_.start_at(deadline);
}

/// One timer for everything that waits; it may fire early, and then only looks.
void ClientImpl::arm() {
  if (phase_deadline_) wake_by(*phase_deadline_);
  if (!is_open()) return;
  if (const auto deadline = acks_.deadline()) wake_by(*deadline);
  // With a full socket on_drain() looks after them.
  if (const auto due = acks_.rest_over(); due && !wants_drain_) wake_by(*due);
  if (const auto due = sequences_.deadline()) wake_by(*due);
  if (const auto deadline = invocations_.deadline()) wake_by(*deadline);
  if (const auto deadline = keep_alive_.deadline()) wake_by(*deadline);
  if (const auto due = groups_.retry_due()) wake_by(*due);
}

void ClientImpl::on_close(const net::CloseInfo& info) {
  if (closing_) return finish_stop();
  const Error why = close_error(info, farewell_);
  if (!is_beyond_recovery(info)) return lose_or_recover(why, retry_after(info));
  // That it cannot be recovered is not why it was lost.
  const bool recovering = state_ == ClientState::Recovering;
  lose(recovering ? Error(recovery_.why()) : why, retry_after(info));
}

void ClientImpl::lose_or_recover(const Error& why,
                                 std::optional<std::chrono::milliseconds> at_least) {
  if (has_connection() && recovery_.is_possible()) return recover(why);
  lose(why, at_least);
}

void ClientImpl::on_pong() { keep_alive_.heard(steady_now()); }

}  // namespace webpubsub
