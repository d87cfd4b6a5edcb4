// One web server that handles events: what waits for it, what is under way, and its repeats.
//
// Source: reference, section 8.4, retry policy.

#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "hub/hub.h"
#include "hub/text.h"
#include "hub/webhooks/origin_check.h"
#include "hub/webhooks/webhook_settings.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace webpubsub::hub {

/// One event for one handler.
struct WebhookCall {
  std::string hub{};
  std::string event{};
  net::Headers headers{};
  std::string body{};
  bool may_be_refused = false;  // a 4xx is an answer like any other
};

class Webhook {
 public:
  /// With the answer of any status, of the last try.
  using Done = std::function<void(Result<net::HttpResponse>)>;

  /// What is referred to must outlive it.
  Webhook(net::EventLoop& loop, Log& log, const HubOptions& options, WebhookSettings settings,
          std::string origin, HubCounters& counters);
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  const WebhookSettings& settings() const noexcept { return settings_; }

  /// `done` runs once, within the call if it is hopeless. Errors: ResourceExhausted when too much
  /// waits; Unauthorized when the server does not want our events; Timeout, Unavailable.
  void send(WebhookCall call, Done done);

 private:
  struct Job;

  void start(std::unique_ptr<Job> job);
  void attempt(Job& job);
  void on_answer(Job& job, Result<net::HttpResponse> answer);
  void finish(Job& job, Result<net::HttpResponse> answer);
  void report(const WebhookCall& call, const Result<net::HttpResponse>& answer);
  void take_from_queue();
  OriginCheck& check_of(const std::string& hub);

  net::EventLoop& loop_;
  Log& log_;
  const HubOptions& options_;
  const WebhookSettings settings_;
  const std::string origin_;
  HubCounters& counters_;
  TextMap<std::unique_ptr<OriginCheck>> checks_;  // by hub
  std::deque<std::unique_ptr<Job>> queue_;
  std::size_t queued_bytes_ = 0;
  std::unordered_map<Job*, std::unique_ptr<Job>> in_flight_;
  bool taking_ = false;  // inside take_from_queue()
};

}  // namespace webpubsub::hub
