// The downlink: messages of the service become commands to devices, and what became of them is
// told.

#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/result.h"
#include "base/token_bucket.h"
#include "bridge/downlink/answers.h"
#include "bridge/downlink/audit.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/command_rules.h"
#include "bridge/downlink/flights.h"
#include "bridge/downlink/origin.h"
#include "bridge/downlink/outcome.h"
#include "bridge/downlink/recent_ids.h"
#include "bridge/downlink/reply_intake.h"
#include "bridge/downlink/sender_limits.h"
#include "bridge/figures.h"
#include "bridge/mqtt/engine.h"
#include "bridge/rules/subscription_plan.h"
#include "net/event_loop.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

struct DownlinkOptions {
  std::size_t max_message = 1024 * 1024;  // bytes; what the service sends at most
  std::size_t max_flights = 10'000;       // commands under way, waiting for replies among them
  std::size_t max_waiting = 1000;         // of those, for room at the broker
  std::size_t max_waiting_bytes = 8 * 1024 * 1024;
  std::size_t max_ids = 100'000;
};

/// Used on the loop's thread. `loop`, `mqtt` and `log` must outlive it.
class Downlink {
 public:
  Downlink(webpubsub::net::EventLoop& loop, const std::vector<CommandOptions>& commands,
           std::string gateway_id, MqttEngine& mqtt, webpubsub::Log& log,
           DownlinkOptions options = {});

  /// Goes by other rules from now on. What is under way ends under the rule it began with; rules
  /// go on counting for as long as they have their name.
  void reload(const std::vector<CommandOptions>& commands, std::string gateway_id);
  /// Where command ids stay over a restart. `store` must outlive this.
  void keep_ids(IdStore& store);

  void on_message(Origin origin, const webpubsub::Data& data);
  void on_reply(const MqttReply& reply);

  /// What takes answers, and that there is room for them now.
  void set_link(AnswerBox::Send send) { answers_.set_link(std::move(send)); }
  /// An answer of another part of the gateway, on the same way.
  void tell(Answer answer) { answers_.push(std::move(answer), webpubsub::steady_now()); }
  void on_link_ready() { answers_.send(webpubsub::steady_now()); }

  /// The groups to join: those that some rule listens to, each once.
  std::vector<std::string> groups() const { return groups_; }
  /// Where devices reply.
  std::vector<TopicFilter> reply_filters() const { return reply_filters_; }

  /// Ends what is under way, for the books to close.
  void give_up();

  DownlinkCounters counters() const;
  /// From a command's arrival to its outcome, of those that were accepted.
  const webpubsub::Histogram& durations() const noexcept { return durations_; }

 private:
  struct State {  // of a rule
    std::size_t counter = 0;
    webpubsub::TokenBucket limit{0, {}};
    SenderLimits senders{0};
  };
  using Decision = std::variant<Command, CommandEnd>;

  Decision decide(const CommandRules::Match& match, const Origin& origin,
                  const webpubsub::Data& data, webpubsub::TimePoint now);
  Decision admit(const CommandRules::Match& match, Command command, webpubsub::TimePoint now);
  void accept(const CommandRules::Match& match, Origin origin, Command command,
              webpubsub::TimePoint now);
  void publish(Flights::Number number, MqttPublication publication);
  void publish_waiting();
  void published(Flights::Number number, const webpubsub::Result<void>& result);
  void finish(Flights::Number number, CommandEnd end, const std::string* reply = nullptr);
  void refuse(const CommandRules::Match* match, const Origin& origin, CommandEnd end);
  void answer(const Flight& flight, CommandEnd end, webpubsub::Duration duration,
              const std::string* reply);
  void end_overdue();
  void schedule();
  std::size_t counter_for(const std::string& name, const std::vector<CommandOptions>& commands);

  MqttEngine& mqtt_;
  const DownlinkOptions options_;
  std::string gateway_id_{};
  CommandRules rules_;
  std::vector<State> states_{};  // by rule
  std::vector<std::string> groups_{};
  std::vector<TopicFilter> reply_filters_{};
  RecentIds ids_;
  Flights flights_{};
  std::deque<std::pair<Flights::Number, MqttPublication>> waiting_{};
  std::size_t waiting_bytes_ = 0;
  DownlinkCounters counters_{};
  AnswerBox answers_;
  CommandAudit audit_;
  webpubsub::Histogram durations_{buckets::kCommandSeconds};
  webpubsub::net::Timer timer_;
  webpubsub::net::Timer retry_;  // runs while something waits for room
  // The broker may answer after this is gone.
  std::shared_ptr<Downlink*> self_ = std::make_shared<Downlink*>(this);
};

}  // namespace gateway
