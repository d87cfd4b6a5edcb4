#include "bridge/mqtt/paho_link.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "bridge/mqtt/reasons.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::steady_now;

namespace {

constexpr auto kStableAfter = std::chrono::seconds(5);
// Wrong passwords do not right themselves, and brokers ban those who hammer.
constexpr auto kOperatorWait = std::chrono::milliseconds(5000);
constexpr auto kDisconnectPatience = std::chrono::milliseconds(1000);
constexpr auto kAnswerPatience = std::chrono::milliseconds(1000);
constexpr auto kStopPatience = std::chrono::milliseconds(2000);
// The library looks at its own connect timeout every 3 s only.
constexpr auto kConnectMargin = std::chrono::seconds(4);
constexpr int kLowestReason = 0x80;
constexpr int kSessionTakenOver = 0x8E;

// The library's words for a connection that the peer ended between our CONNECT and its CONNACK.
constexpr std::string_view kDroppedAtConnect = "TCP connect completion failure";
constexpr std::string_view kTimedOut = "TCP connect timeout";
constexpr std::string_view kHandshakeFailed = "TCP/TLS connect failure";

}  // namespace

PahoLink::PahoLink(LinkTarget target, std::vector<MqttSubscription> subscriptions,
                   MqttReceiver& receiver, webpubsub::Inbox<LinkEvent>& events)
    : target_(std::move(target)),
      backoff_(webpubsub::BackoffOptions{}),
      subscriptions_(std::move(subscriptions)),
      receiver_(receiver),
      events_(events) {
  silence_paho();
}

void PahoLink::run() {
  while (state_ != State::Closed) {
    auto command = queue_.pop(wake_at());
    if (command) {
      std::visit([this](auto& each) { handle(std::move(each)); }, *command);
    } else if (deadline_ && steady_now() >= *deadline_) {
      handle_deadline();
    } else {
      look_for_life();
    }
  }
  drop_client();  // as the process's last one it waits for the library's threads, about a second
  const std::lock_guard lock(gate_);
  open_ = false;
  closed_ = true;
  closed_changed_.notify_all();
}

void PahoLink::close() { queue_.push(Close{}); }

// Until the connection has ended messages are taken: the library tells the broker that we have
// them, whatever becomes of them here. The gate is not held by a callback for longer than a copy
// takes.
bool PahoLink::wait_closed(std::chrono::milliseconds patience) {
  std::unique_lock lock(gate_);
  const bool closed = closed_changed_.wait_for(lock, patience, [this] { return closed_; });
  open_ = false;
  return closed;
}

void PahoLink::emit(LinkEvent event) {
  const std::lock_guard lock(gate_);
  if (!open_) return;
  // Sized for everything that can be under way (PahoEngine); what is refused all the same is
  // counted there.
  static_cast<void>(events_.push(std::move(event)));
}

void PahoLink::on_message(const MqttMessage& message) noexcept {
  heard_ = steady_now();
  auto taken = MqttTaken::Yes;
  {
    const std::lock_guard lock(gate_);
    if (open_) taken = receiver_.on_message(message);
  }
  // Straight to the control thread: what comes until the connection has ended is beyond the limit.
  if (taken == MqttTaken::Last && !no_more_.exchange(true)) queue_.push(Pause{});
}

void PahoLink::on_connect_outcome(std::uint64_t attempt, ConnectOutcome outcome) noexcept {
  queue_.push(ConnectDone{attempt, std::move(outcome)});
}
void PahoLink::on_ended(std::uint64_t attempt, int code) noexcept {
  queue_.push(Ended{attempt, code});
}
void PahoLink::on_subscribed(std::uint64_t attempt, std::vector<int> codes) noexcept {
  if (!codes.empty()) heard_ = steady_now();
  queue_.push(Subscribed{attempt, std::move(codes)});
}
void PahoLink::on_unsubscribed(std::uint64_t attempt, bool done) noexcept {
  if (done) heard_ = steady_now();
  queue_.push(Unsubscribed{attempt, done});
}
void PahoLink::on_published(std::uint64_t id, Result<void> result) noexcept {
  emit(LinkPublished{id, std::move(result)});
  if (finishing_) queue_.push(Answered{});
}
void PahoLink::on_disconnected(std::uint64_t attempt) noexcept {
  queue_.push(Disconnected{attempt});
}

void PahoLink::handle(Start) {
  if (state_ != State::Idle) return;
  stops_ = false;
  if (paused_) {
    state_ = State::Paused;
  } else {
    begin_attempt();
  }
}

// The library looks only every 3 s whether publications were answered that stand before a
// disconnect. So it gets none to look at, if the broker answers in time.
void PahoLink::handle(Stop) {
  go_on_ = false;
  stops_ = true;
  paused_ = false;
  untold_pause_ = false;
  if (state_ == State::Stopping || state_ == State::Finishing) return;
  if (state_ != State::Connected && state_ != State::Subscribing) {
    become_idle();
    return;
  }
  state_ = State::Finishing;
  deadline_ = steady_now() + kAnswerPatience;
  finishing_ = true;
  handle(Answered{});
}

void PahoLink::handle(Answered) {
  if (state_ == State::Finishing && client_->unanswered() == 0) disconnect();
}

void PahoLink::disconnect() {
  finishing_ = false;
  if (client_->disconnect(kDisconnectPatience)) {
    state_ = State::Stopping;
    deadline_ = steady_now() + kStopPatience;
  } else {
    become_idle();
  }
}

void PahoLink::handle(Close) {
  state_ = State::Closed;
  deadline_.reset();
}

void PahoLink::handle(Want command) {
  subscriptions_.want(std::move(command.subscriptions));
  if (state_ == State::Connected && !subscriptions_.waits()) reconcile();
}

void PahoLink::handle(const Remember& command) { subscriptions_.remember(command.filters); }

void PahoLink::handle(Aim command) {
  target_ = std::move(command.target);
  aimed_anew_ = true;
  version_ = {};
  backoff_.reset();
  const bool open = state_ == State::Connected || state_ == State::Subscribing;
  if (open && command.reconnect) {
    emit(LinkLost{Error{Errc::Cancelled, "ended to connect anew with changed settings"}, {}});
    go_on_ = client_->disconnect(kDisconnectPatience).has_value();
    if (go_on_) {
      state_ = State::Stopping;
      deadline_ = steady_now() + kStopPatience;
    } else {
      begin_attempt();
    }
  } else if (state_ == State::Waiting || state_ == State::Connecting) {
    begin_attempt();
  }
}

void PahoLink::handle(Publish command) {
  // What was meant for an earlier connection has been reported as failed with it.
  if (state_ != State::Connected || command.attempt != attempt_) {
    emit(LinkPublished{command.id, Error{Errc::Unavailable, "not connected"}});
    return;
  }
  if (!client_->awaits_acknowledgement()) liveness_.publishing(steady_now());
  auto sent = client_->publish(command.id, std::move(command.publication));
  if (!sent) emit(LinkPublished{command.id, std::move(sent)});
}

void PahoLink::handle(const ConnectDone& command) {
  if (command.attempt != attempt_) return;
  if (state_ != State::Connecting) {
    // Stopped meanwhile: an open connection that nobody wants.
    const bool unwanted = state_ == State::Idle || state_ == State::Paused;
    if (command.outcome.connected && unwanted && client_) {
      static_cast<void>(client_->disconnect(kDisconnectPatience));
    }
    return;
  }
  if (!command.outcome.connected) {
    connect_failed(command.outcome);
    return;
  }
  tls_trace_.reset();
  version_.connected();
  session_present_ = command.outcome.session_present;
  state_ = State::Subscribing;
  subscriptions_.connected(session_present_);
  reconcile();
}

void PahoLink::handle(Ended command) {
  if (command.attempt != attempt_) return;
  if (state_ == State::Stopping || state_ == State::Finishing) {
    become_idle();
    return;
  }
  if (state_ != State::Connected && state_ != State::Subscribing) return;
  const auto lived = steady_now() - connected_at_;
  const bool stable = state_ == State::Connected && lived >= kStableAfter;
  if (stable) backoff_.reset();
  Error why = connection_ended(command.code, target_.broker.text());
  // MQTT 3.1.1 cannot say that a session was taken over, and mosquitto does not say it in MQTT 5.
  const auto& client_id = target_.options.client_id;  // a gateway may have two
  if (!stable && command.code == 0) {
    why.message +=
        " soon after it was made: another client may be using our client id, " + client_id;
  } else if (command.code == kSessionTakenOver) {
    why.message += "; ours is " + client_id;
  }
  retry_later(std::move(why));
}

void PahoLink::handle(const Subscribed& command) {
  const bool open = state_ == State::Subscribing || state_ == State::Connected;
  if (command.attempt != attempt_ || !open) return;
  const auto asked = subscriptions_.adding();
  if (command.codes.size() != asked.size()) {
    drop_client();
    retry_later({Errc::Protocol, target_.broker.text() + " did not answer our subscriptions"});
    return;
  }
  std::vector<bool> taken;
  for (std::size_t i = 0; i < command.codes.size(); ++i) {
    taken.push_back(command.codes[i] < kLowestReason);
    if (taken.back()) continue;
    emit(LinkFilterRefused{asked[i].filter, subscription_refused(command.codes[i])});
  }
  subscriptions_.added(taken);
  reconcile();
}

void PahoLink::handle(Unsubscribed command) {
  if (command.attempt != attempt_ || state_ != State::Connected) return;
  subscriptions_.dropped(command.done);
  reconcile();
}

void PahoLink::handle(Disconnected command) {
  if (command.attempt == attempt_ && state_ == State::Stopping) become_idle();
}

void PahoLink::handle_deadline() {
  deadline_.reset();
  if (state_ == State::Waiting) {
    begin_attempt();
  } else if (state_ == State::Finishing) {
    disconnect();
  } else if (state_ == State::Stopping) {
    // A publication was left open. Idle, there must be no connection that messages come by.
    if (!go_on_) drop_client();
    become_idle();
  } else if (state_ == State::Connecting || state_ == State::Subscribing ||
             state_ == State::Connected) {
    // The library has not kept its own time, or the broker left a request open: start over with a
    // new client.
    drop_client();
    retry_later(no_connection({.code = -1, .text = std::string(kTimedOut)}));
  }
}

bool PahoLink::prepare_client() {
  const auto version = version_.next(target_.options.version, steady_now());
  const bool usable = client_ && !aimed_anew_ && client_->version() == version &&
                      !client_->is_broken() &&
                      client_->unanswered() < target_.options.max_publications;
  if (usable) return true;
  // The new one first: with no client left the library would stop its threads.
  auto fresh = PahoClient::create(target_.options, target_.broker, version, *this);
  if (!fresh) {
    retry_later(fresh.error());
    return false;
  }
  drop_client();
  client_ = std::move(fresh).value();
  aimed_anew_ = false;
  return true;
}

void PahoLink::drop_client() { PahoClient::discard(std::move(client_), shared_from_this()); }

void PahoLink::begin_attempt() {
  ++attempt_;
  no_more_ = false;
  if (!prepare_client()) return;
  state_ = State::Connecting;
  deadline_ = steady_now() + target_.options.connect_timeout + kConnectMargin;
  if (target_.broker.tls) tls_trace_.emplace();
  if (auto asked = client_->connect(attempt_); !asked) retry_later(asked.error());
}

void PahoLink::connect_failed(const ConnectOutcome& outcome) {
  const auto spoken = client_->version();
  if (spoken == MqttVersion::V5 && is_version_refused(outcome.code)) {
    version_.refused(steady_now());
    emit(LinkVersionRefused{});
    begin_attempt();
    return;
  }
  const bool hung_up = outcome.code < 0 && outcome.text == kDroppedAtConnect;
  if (version_.failed(spoken, hung_up, steady_now())) emit(LinkVersionRefused{});
  retry_later(no_connection(outcome));
}

Error PahoLink::no_connection(const ConnectOutcome& outcome) const {
  const auto broker = target_.broker.text();
  if (outcome.code > 0) return connect_refused(outcome.code, broker);
  if (outcome.text == kTimedOut) {
    return {Errc::Timeout, broker + " did not answer within " +
                               webpubsub::format_duration(target_.options.connect_timeout)};
  }
  if (outcome.text == kDroppedAtConnect) {
    return {Errc::Unavailable, broker + " hung up when we introduced ourselves"};
  }
  if (target_.broker.tls && outcome.text == kHandshakeFailed) {
    const auto reason = tls_trace_ ? tls_trace_->reason() : std::string();
    if (!reason.empty()) {
      return {Errc::Unauthorized, "the TLS handshake with " + broker + " failed: " + reason};
    }
    return {Errc::Unavailable, "the TLS connection to " + broker + " could not be made"};
  }
  return {Errc::Unavailable,
          "cannot reach " + broker + ": no such host, no way to it, or nothing listens there"};
}

// First what is missing; then we are connected; then what is not wanted any more goes.
void PahoLink::reconcile() {
  Result<void> asked;
  if (const auto missing = subscriptions_.next_to_add(); !missing.empty()) {
    asked = client_->subscribe(missing);
  } else {
    if (state_ == State::Subscribing) become_connected();
    const auto unwanted = subscriptions_.next_to_drop();
    if (unwanted.empty()) {
      deadline_.reset();
      return;
    }
    asked = client_->unsubscribe(unwanted);
  }
  deadline_ = steady_now() + target_.options.connect_timeout;
  if (asked) return;
  drop_client();
  retry_later(asked.error());
}

void PahoLink::become_connected() {
  state_ = State::Connected;
  deadline_.reset();
  connected_at_ = steady_now();
  begin_watch();
  emit(LinkConnected{{.version = client_->version(), .session_present = session_present_},
                     attempt_});
}

void PahoLink::retry_later(Error why) {
  tls_trace_.reset();
  state_ = State::Waiting;
  auto wait = backoff_.next();
  if (needs_operator(why)) wait = std::max(wait, kOperatorWait);
  deadline_ = steady_now() + wait;
  emit(LinkLost{std::move(why), wait});
}

}  // namespace gateway
