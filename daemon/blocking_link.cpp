#include "daemon/blocking_link.h"

#include <algorithm>
#include <utility>

#include "base/units.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Result;
using webpubsub::steady_now;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kName = "mqtt_blocking";
constexpr std::string_view kSessionKey = "mqtt/session/blocking";
constexpr milliseconds kLookInterval = 250ms;
// The broker sends what it has kept first. After so long it has sent that, or has none.
constexpr std::chrono::seconds kQuiet = 3s;
// What is under way when the link pauses is stored beyond the limit, and may come again.
constexpr std::uint16_t kReceiveMaximum = 8;

MqttOptions own_options(MqttOptions options) {
  options.client_id += BlockingLink::kClientIdSuffix;
  options.will.reset();  // the gateway is not gone while it pauses
  options.receive_maximum = std::min(options.receive_maximum, kReceiveMaximum);
  return options;
}

/// A connection with clean start ends the session that the broker would fill up for nobody.
MqttOptions ending_options(MqttOptions options) {
  options.session_expiry = std::chrono::seconds(0);
  return options;
}

std::string_view word_for(SpoolQueue::Limit limit) {
  using Limit = SpoolQueue::Limit;
  switch (limit) {
    case Limit::Messages:
      return "messages";
    case Limit::Bytes:
      return "bytes";
    case Limit::Store:
      return "store";
    case Limit::Disk:
      return "disk";
    case Limit::None:
      break;
  }
  return "room";
}

std::string words_for(const Uplink::BlockedRule& blocked) {
  using Limit = SpoolQueue::Limit;
  const auto rule = "rule " + blocked.rule;
  switch (blocked.limit) {
    case Limit::Messages:
      return rule + " has as many messages waiting as its offline.max lets it";
    case Limit::Bytes:
      return rule + " has as much waiting as its offline.max_bytes lets it";
    case Limit::Store:
      return "the store is full, which " + rule + " needs";
    case Limit::Disk:
      return "the disk takes nothing, which " + rule + " needs";
    case Limit::None:
      break;
  }
  return "a rule was full for a moment";
}

}  // namespace

Result<std::unique_ptr<BlockingLink>> BlockingLink::create(Parts parts, MqttOptions options) {
  std::unique_ptr<BlockingLink> link(new BlockingLink(parts, own_options(std::move(options))));
  auto engine = make_paho_engine(parts.loop, link->options_, {}, *link, *link, parts.log);
  if (!engine) return engine.error();
  link->engine_ = std::move(*engine);
  link->recall();
  return link;
}

BlockingLink::BlockingLink(Parts parts, MqttOptions options)
    : log_(parts.log),
      uplink_(parts.uplink),
      receiver_(parts.receiver),
      options_(std::move(options)),
      session_(parts.state, std::string(kSessionKey)),
      record_(std::string(kName), steady_now()),
      timer_(parts.loop, [this] { on_timer(); }) {}

std::vector<std::string> BlockingLink::left_subscriptions(State& state,
                                                          const MqttOptions& options) {
  return SessionMemory(state, std::string(kSessionKey)).recall(own_options(options));
}

void BlockingLink::recall() { engine_->remember_subscriptions(session_.recall(options_)); }

void BlockingLink::start() {
  if (std::exchange(started_, true)) return;
  look();
  engine_->start();
}

void BlockingLink::stop(webpubsub::Completion done) {
  timer_.cancel();
  if (record_.up()) session_.set(wanted_);
  stops_ = true;
  engine_->stop(std::move(done));
}

Result<void> BlockingLink::set_options(MqttOptions options, bool reconnect) {
  options_ = own_options(std::move(options));
  if (stage_ != Stage::Ending) {
    session_.follow(options_);
    return engine_->set_options(options_, reconnect);
  }
  // The session is where it was, but to get there may take another password.
  if (options_.broker != ending_.broker || options_.client_id != ending_.client_id) return {};
  ending_ = ending_options(options_);
  return engine_->set_options(ending_, false);
}

void BlockingLink::set_subscriptions(std::vector<MqttSubscription> wanted,
                                     std::function<void()> retired) {
  retired_ = std::move(retired);
  if (wanted.empty() && stage_ == Stage::Ending) return;  // nothing has come since
  wanted_ = std::move(wanted);
  const auto before = std::exchange(stage_, wanted_.empty() ? Stage::Fetching : Stage::Working);
  if (before != stage_) unsubscribed_at_ = steady_now();
  if (before == Stage::Ending) {
    session_.follow(options_);
    static_cast<void>(engine_->set_options(options_, true));
    if (std::exchange(retired_now_, false)) engine_->start();
  }
  session_.add(wanted_);
  engine_->set_subscriptions(wanted_);
  if (started_) look();
  timer_.start_after(kLookInterval);
}

void BlockingLink::look() {
  if (stage_ == Stage::Ending) return;
  if (!record_.is_paused()) {
    if (stage_ == Stage::Working && uplink_.blocked(Uplink::Mark::Limit)) engine_->pause();
    return;
  }
  if (uplink_.blocked(Uplink::Mark::NearLimit)) {
    timer_.start_after(kLookInterval);
    return;
  }
  record_.resumed(steady_now());
  engine_->resume();
}

void BlockingLink::on_timer() {
  look();
  if (record_.is_paused()) return;
  if (!record_.up()) return;  // begins anew with the connection
  if (stage_ != Stage::Fetching) return;
  if (has_been_quiet()) {
    end_session();
  } else {
    timer_.start_after(kLookInterval);
  }
}

bool BlockingLink::has_been_quiet() const {
  const auto since = std::max({connected_at_, unsubscribed_at_, heard_.load()});
  return steady_now() >= since + kQuiet;
}

void BlockingLink::end_session() {
  stage_ = Stage::Ending;
  ending_ = ending_options(options_);
  static_cast<void>(engine_->set_options(ending_, true));
}

MqttTaken BlockingLink::on_message(const MqttMessage& message) noexcept {
  heard_ = steady_now();
  auto passed_on = message;
  passed_on.link = MqttLinkKind::Blocking;
  return receiver_.on_message(passed_on);
}

void BlockingLink::on_mqtt_connected(const MqttConnected& connected) {
  const auto now = steady_now();
  record_.went_up(now);
  connected_at_ = now;
  log_.over("mqtt.connect_failed", {{"link", std::string(kName)}});
  const auto paused_at = std::exchange(paused_at_, std::nullopt);
  if (!connected.session_present) session_.set(wanted_);
  if (stage_ == Stage::Ending) {
    session_.forget();
    engine_->stop([this](const Result<void>&) {
      if (stops_) return;
      retired_now_ = stage_ == Stage::Ending;
      if (retired_now_) {
        retired_();
      } else {
        engine_->start();  // a rule blocks again
      }
    });
    return;
  }
  const std::string session = connected.session_present ? "resumed" : "new";
  if (!paused_at) {
    log_.write(LogLevel::Notice, "mqtt.connected", "connected to the broker for rules that block",
               {{"link", std::string(kName)},
                {"version", connected.version == MqttVersion::V5 ? "5" : "3.1.1"},
                {"session", session}});
  } else {
    log_.burst(now, connected.session_present ? LogLevel::Notice : LogLevel::Warning,
               "mqtt.resumed",
               "the broker sends for rules that block again, after " +
                   webpubsub::rough_duration(std::chrono::floor<milliseconds>(now - *paused_at)) +
                   (connected.session_present
                        ? ""
                        : ", but has ended our session meanwhile, and what it kept is lost"),
               {{"link", std::string(kName)}, {"session", session}});
  }
  timer_.start_after(kLookInterval);
}

void BlockingLink::on_mqtt_disconnected(const Error& why, milliseconds retry_in) {
  const bool was_up = record_.up();
  record_.went_down(why.message, retry_in, steady_now());
  if (stage_ == Stage::Ending && was_up) return;  // as it should
  log_.burst(steady_now(), LogLevel::Warning, was_up ? "mqtt.disconnected" : "mqtt.connect_failed",
             "no link to the broker for rules that block: " + why.message + "; next try in " +
                 webpubsub::rough_duration(retry_in),
             {{"link", std::string(kName)},
              {"reason", std::string(to_string(why.code))},
              {"retry_in_ms", std::to_string(retry_in.count())}});
}

void BlockingLink::on_mqtt_paused() {
  if (stage_ == Stage::Ending) {
    engine_->resume();
    return;
  }
  const auto now = steady_now();
  if (!paused_at_) paused_at_ = now;
  const auto blocked = uplink_.blocked(Uplink::Mark::NearLimit).value_or(Uplink::BlockedRule());
  const auto words = words_for(blocked);
  record_.paused(words, now);
  log_.burst(now, LogLevel::Warning, "mqtt.paused",
             "the broker keeps what comes for rules that block: " + words,
             {{"link", std::string(kName)},
              {"rule", blocked.rule},
              {"reason", std::string(word_for(blocked.limit))}});
  timer_.start_after(kLookInterval);
}

void BlockingLink::on_subscription_refused(std::string_view filter, const Error& why) {
  log_.burst(steady_now(), LogLevel::Error, "mqtt.subscription_refused", why.message,
             {{"link", std::string(kName)}, {"topic", std::string(filter)}});
}

}  // namespace gateway
