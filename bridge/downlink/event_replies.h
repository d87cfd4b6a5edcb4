// What the server's event handlers answer to readings, on its way to the devices that asked.
//
// Such an event is an invocation: its answer comes with its number. As a mere event its answer
// would be a server message like any other, with nothing to tell it from those of other events and
// from commands.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "bridge/mqtt/engine.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/event_asker.h"
#include "net/event_loop.h"
#include "webpubsub/client/client.h"

namespace gateway {

/// How the wait for one answer ended.
enum class ReplyOutcome : std::uint8_t {
  Delivered,    // the broker has it
  Empty,        // the server had nothing to say
  Failed,       // the event handler, or the service, had no answer to give
  TimedOut,     // it did not come in time, or the reading was too old to ask
  Lost,         // the link went first; what may be asked again is, and counted again
  Rejected,     // it has no topic that it may go to, or not the payload
  Unpublished,  // the broker did not take it
};
inline constexpr std::size_t kReplyOutcomes = 7;

/// As metrics spell it: "timed_out".
std::string_view to_string(ReplyOutcome outcome) noexcept;

struct ReplyCounters {
  std::uint64_t asked = 0;  // always the sum of the outcomes and what is pending
  std::array<std::uint64_t, kReplyOutcomes> by_outcome{};
  std::uint64_t pending = 0;

  std::uint64_t of(ReplyOutcome outcome) const {
    return by_outcome[static_cast<std::size_t>(outcome)];
  }
};

/// Used on the loop's thread. `loop`, `mqtt` and `log` must outlive it. What waits is bounded by
/// the window of whoever asks.
class EventReplies final : public EventAsker {
 public:
  EventReplies(webpubsub::net::EventLoop& loop, MqttEngine& mqtt, webpubsub::Log& log);

  webpubsub::Offer ask(webpubsub::Client& client, const Batch& batch,
                       webpubsub::Completion done) override;

  const ReplyCounters& counters() const noexcept { return counters_; }

 private:
  using Number = std::uint64_t;
  struct Question {
    std::shared_ptr<const ReplyAddress> address{};
    webpubsub::Completion done{};
    webpubsub::Client* client = nullptr;
    std::uint64_t invocation = 0;
    webpubsub::TimePoint due{};
    bool rests = false;  // the socket was full: it is given back soon
  };

  webpubsub::Offer send_unanswered(webpubsub::Client& client, const Batch& batch,
                                   ReplyOutcome outcome, webpubsub::Completion done);
  void answered(Number number, const webpubsub::Result<webpubsub::Data>& answer);
  void failed(Question question, const webpubsub::Error& why);
  void rest(Question question);
  void deliver(const std::shared_ptr<const ReplyAddress>& address, const webpubsub::Data& answer);
  void end(const ReplyRule& rule, ReplyOutcome outcome, const std::string& why = {});
  std::optional<Question> take(Number number);
  void keep(Number number, Question question);
  void end_overdue();
  void schedule();

  MqttEngine& mqtt_;
  webpubsub::Log& log_;
  Number next_ = 1;
  std::map<Number, Question> questions_{};
  std::set<std::pair<webpubsub::TimePoint, Number>> due_{};
  ReplyCounters counters_{};
  // A service that does not know invocations hangs up on them.
  unsigned hung_up_ = 0;
  const webpubsub::Client* asked_ = nullptr;  // the latest; another may serve another service
  webpubsub::net::Timer timer_;
  // Client and broker may answer after this is gone.
  std::shared_ptr<EventReplies*> self_ = std::make_shared<EventReplies*>(this);
};

/// What goes to the device, or why nothing does.
struct ReplyPublication {
  std::optional<MqttPublication> publication{};
  std::string_view why{};
};
ReplyPublication publication_of(const ReplyAddress& address, const webpubsub::Data& answer);

}  // namespace gateway
