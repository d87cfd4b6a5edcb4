// The loop's side of the MQTT link: hands work to the control thread and tells what came of it.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "base/inbox.h"
#include "base/log.h"
#include "bridge/mqtt/engine.h"
#include "bridge/mqtt/paho_link.h"
#include "net/event_loop.h"

namespace gateway {

class PahoEngine final : public MqttEngine {
 public:
  PahoEngine(webpubsub::net::EventLoop& loop, LinkTarget target,
             std::vector<MqttSubscription> subscriptions, MqttReceiver& receiver,
             MqttLinkListener& listener, webpubsub::Log& log);
  ~PahoEngine() override;
  PahoEngine(const PahoEngine&) = delete;
  PahoEngine& operator=(const PahoEngine&) = delete;

  void start() override;
  void stop(webpubsub::Completion done) override;
  bool is_connected() const override { return connected_; }
  void pause() override { link_->pause(); }
  void resume() override { link_->resume(); }
  void set_subscriptions(std::vector<MqttSubscription> subscriptions) override;
  void remember_subscriptions(std::vector<std::string> filters) override;
  webpubsub::Result<void> set_options(MqttOptions options, bool reconnect) override;
  webpubsub::Offer publish(MqttPublication publication, webpubsub::Completion done) override;
  MqttCounters counters() const override { return counters_; }
  webpubsub::TimePoint last_sign_of_life() override;
  webpubsub::TimePoint last_heard() const override { return link_->last_heard(); }
  Unanswered unanswered() const override;

 private:
  struct Publication {
    webpubsub::Completion done{};
    webpubsub::TimePoint since{};
  };

  void on_events();
  void handle(LinkConnected& event);
  void handle(LinkLost& event);
  void handle(LinkFilterRefused& event);
  void handle(LinkPublished& event);
  void handle(LinkVersionRefused& event);
  void handle(LinkStopped& event);
  void handle(LinkPaused& event);
  void handle(LinkAsked& event);
  void finish_publication(std::uint64_t id, webpubsub::Result<void> result);
  void fail_publications(const webpubsub::Error& why);
  void finish_stop(const webpubsub::Result<void>& result);

  MqttLinkListener& listener_;
  webpubsub::Log& log_;
  const std::size_t max_publications_;
  MqttCounters counters_{};
  bool connected_ = false;
  bool asked_ = false;  // for a sign of life, and not answered yet
  webpubsub::TimePoint alive_at_ = webpubsub::steady_now();
  std::uint64_t attempt_ = 0;  // the connection that publications go to
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Publication> publications_{};  // in flight, oldest first
  std::vector<webpubsub::Completion> stopping_{};
  std::vector<LinkEvent> burst_{};
  webpubsub::net::Waker waker_;
  webpubsub::net::Timer stop_timer_;
  webpubsub::Inbox<LinkEvent> events_;
  // Shared with its thread: should Paho be stuck in a name look-up, we do not wait for it.
  std::shared_ptr<PahoLink> link_;
  std::thread thread_;
};

}  // namespace gateway
