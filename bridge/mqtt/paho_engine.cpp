#include "bridge/mqtt/paho_engine.h"

#include <fstream>
#include <system_error>
#include <utility>

namespace gateway {

using webpubsub::Completion;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Offer;
using webpubsub::Result;

namespace {

constexpr auto kClosePatience = std::chrono::milliseconds(2000);
constexpr auto kStopPatience = std::chrono::milliseconds(4000);
constexpr std::size_t kMaxRefusedFilters = 10'000;
constexpr std::size_t kSpareEvents = 1024;  // of the link's own: it changes a few times a second

// Each publication is answered once, and once more when a connection came back that had lost it;
// each filter can be refused once per connection: those are cut short when there are more.
std::size_t event_capacity(const MqttOptions& options) {
  return 2 * options.max_publications + kMaxRefusedFilters + kSpareEvents;
}

Result<void> check_readable(const std::string& file, const std::string& what) {
  if (file.empty() || std::ifstream(file).good()) return {};
  return Error{Errc::InvalidArgument, "cannot read the " + what + " " + file};
}

Result<void> check_tls(const MqttTlsOptions& tls) {
  if (auto ok = check_readable(tls.ca_file, "CA file"); !ok) return ok;
  if (auto ok = check_readable(tls.certificate_file, "certificate"); !ok) return ok;
  if (auto ok = check_readable(tls.key_file, "key"); !ok) return ok;
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return Error{Errc::InvalidArgument, "a certificate and its key are given together"};
  }
  return {};
}

Result<BrokerAddress> check(const MqttOptions& options) {
  auto broker = parse_broker_address(options.broker);
  if (!broker) return broker;
  if (options.client_id.empty()) {
    return Error{Errc::InvalidArgument, "an MQTT client needs a client id"};
  }
  if (auto ok = check_tls(options.tls); !ok) return ok.error();
  return broker;
}

}  // namespace

PahoEngine::PahoEngine(webpubsub::net::EventLoop& loop, LinkTarget target,
                       std::vector<MqttSubscription> subscriptions, MqttReceiver& receiver,
                       MqttLinkListener& listener, webpubsub::Log& log)
    : listener_(listener),
      log_(log),
      max_publications_(target.options.max_publications),
      waker_(loop, [this] { on_events(); }),
      stop_timer_(loop,
                  [this] {
                    finish_stop(Error{Errc::Timeout, "the MQTT library did not disconnect"});
                  }),
      events_(event_capacity(target.options), [this] { waker_.wake(); }),
      link_(std::make_shared<PahoLink>(std::move(target), std::move(subscriptions), receiver,
                                       events_)),
      thread_([link = link_] { link->run(); }) {}

PahoEngine::~PahoEngine() {
  link_->close();
  if (link_->wait_closed(kClosePatience)) {
    thread_.join();
  } else {
    thread_.detach();  // it owns what it still uses
  }
}

void PahoEngine::start() { link_->start(); }

void PahoEngine::stop(Completion done) {
  stopping_.push_back(std::move(done));
  if (stopping_.size() > 1) return;
  stop_timer_.start_after(kStopPatience);
  link_->stop();
}

void PahoEngine::remember_subscriptions(std::vector<std::string> filters) {
  link_->remember_subscriptions(std::move(filters));
}

void PahoEngine::set_subscriptions(std::vector<MqttSubscription> subscriptions) {
  link_->set_subscriptions(std::move(subscriptions));
}

Result<void> PahoEngine::set_options(MqttOptions options, bool reconnect) {
  auto broker = check(options);
  if (!broker) return broker.error();
  link_->set_target({std::move(options), std::move(*broker)}, reconnect);
  return {};
}

Offer PahoEngine::publish(MqttPublication publication, Completion done) {
  if (!connected_) return Offer::Offline;
  if (publications_.size() >= max_publications_) return Offer::Full;
  const auto id = next_id_++;
  publications_.emplace(id, Publication{std::move(done), webpubsub::steady_now()});
  link_->publish(id, attempt_, std::move(publication));
  return Offer::Accepted;
}

void PahoEngine::on_events() {
  events_.drain(burst_);
  for (auto& event : burst_) {
    std::visit([this](auto& each) { handle(each); }, event);
  }
}

void PahoEngine::handle(LinkConnected& event) {
  connected_ = true;
  attempt_ = event.attempt;
  ++counters_.connects;
  listener_.on_mqtt_connected(event.connected);
}

void PahoEngine::handle(LinkLost& event) {
  if (connected_) {
    ++counters_.disconnects;
  } else {
    ++counters_.failed_connects;
  }
  connected_ = false;
  fail_publications({Errc::Unavailable, "the connection to the broker ended first"});
  listener_.on_mqtt_disconnected(event.why, event.retry_in);
}

void PahoEngine::handle(LinkFilterRefused& event) {
  listener_.on_subscription_refused(event.filter, event.why);
}

void PahoEngine::handle(LinkPublished& event) {
  finish_publication(event.id, std::move(event.result));
}

void PahoEngine::handle(LinkVersionRefused&) {
  log_.write(LogLevel::Notice, "mqtt.version_refused",
             "the broker does not speak MQTT 5: using MQTT 3.1.1, and asking again in an hour");
}

void PahoEngine::handle(LinkStopped&) { finish_stop({}); }

void PahoEngine::handle(LinkPaused&) {
  if (std::exchange(connected_, false)) ++counters_.disconnects;
  fail_publications({Errc::Unavailable, "the connection to the broker is paused"});
  listener_.on_mqtt_paused();
}

webpubsub::TimePoint PahoEngine::last_sign_of_life() {
  if (!std::exchange(asked_, true)) link_->ask();
  return alive_at_;
}

Unanswered PahoEngine::unanswered() const {
  const auto oldest = publications_.begin();
  return {
      .count = publications_.size(),
      .oldest = oldest == publications_.end() ? webpubsub::TimePoint::max() : oldest->second.since};
}

void PahoEngine::handle(LinkAsked& event) {
  asked_ = false;
  if (event.agrees) alive_at_ = webpubsub::steady_now();
}

void PahoEngine::finish_publication(std::uint64_t id, Result<void> result) {
  const auto place = publications_.find(id);
  // An answer to what failed with an earlier connection: the library sends such messages again.
  if (place == publications_.end()) return;
  const auto done = std::move(place->second.done);
  publications_.erase(place);
  ++(result ? counters_.published : counters_.publish_failures);
  if (done) done(std::move(result));
}

void PahoEngine::fail_publications(const Error& why) {
  const auto failed = std::exchange(publications_, {});
  for (const auto& [id, publication] : failed) {
    ++counters_.publish_failures;
    if (publication.done) publication.done(why);
  }
}

void PahoEngine::finish_stop(const Result<void>& result) {
  stop_timer_.cancel();
  if (std::exchange(connected_, false)) ++counters_.disconnects;
  fail_publications({Errc::Cancelled, "the MQTT link was stopped"});
  for (const auto& done : std::exchange(stopping_, {})) {
    if (done) done(result);
  }
}

Result<void> check_mqtt_options(const MqttOptions& options) {
  auto broker = check(options);
  if (!broker) return broker.error();
  return {};
}

Result<std::unique_ptr<MqttEngine>> make_paho_engine(webpubsub::net::EventLoop& loop,
                                                     MqttOptions options,
                                                     std::vector<MqttSubscription> subscriptions,
                                                     MqttReceiver& receiver,
                                                     MqttLinkListener& listener,
                                                     webpubsub::Log& log) {
  auto broker = check(options);
  if (!broker) return broker.error();
  try {
    return std::unique_ptr<MqttEngine>(
        std::make_unique<PahoEngine>(loop, LinkTarget{std::move(options), std::move(*broker)},
                                     std::move(subscriptions), receiver, listener, log));
  } catch (const std::system_error& error) {
    return Error{Errc::Internal, std::string("no thread for MQTT: ") + error.what()};
  }
}

}  // namespace gateway
