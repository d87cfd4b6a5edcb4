// What waits of one rule, sent at once because an operator asked for it: without regard to its
// replay.rate, until what waited when it was asked for is gone.
//
// Whoever asked looks at it now and then. When nobody does any more it ends by itself, so that a
// program that was killed leaves nothing switched on.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "bridge/store/store.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/offline_room.h"
#include "bridge/uplink/outbox.h"
#include "bridge/uplink/rule_lines.h"
#include "net/event_loop.h"

namespace gateway {

struct DrainFigures {
  enum class State : std::uint8_t {
    Running,
    Done,      // all that waited is gone
    Ended,     // by request, or because nobody looked; or there is no such drain
    Replaced,  // another one began since, and its figures are gone
  };
  std::uint64_t number = 0;
  State state = State::Ended;
  std::string rule{};
  std::uint64_t waiting = 0;  // of what waited: messages on disk, readings in memory
  std::uint64_t sent = 0;     // readings of it that the service has
};

/// One at a time. The loop's thread.
class QueueDrain {
 public:
  static constexpr std::chrono::seconds kUnseen{5};  // then it ends

  /// Where a rule's readings may wait; all must outlive the drain. `store` may be null.
  struct Places {
    const RuleLines& lines;
    const OfflineRoom& room;
    std::array<const Outbox*, 3> outboxes;
    Store* store;
  };
  /// `changed` runs whenever rule() is another one.
  QueueDrain(webpubsub::net::EventLoop& loop, Places places, std::function<void()> changed);

  enum class [[nodiscard]] Begun : std::uint8_t{
      Yes, UnknownRule,
      RemovedRule,  // something of it is on disk, and nobody knows where to send that
      Busy,         // another rule's queue is being drained
  };
  /// Of the rule that is being drained already: begins anew, with what waits now.
  Begun begin(std::string_view rule);
  DrainFigures look(std::uint64_t number);
  DrainFigures end(std::uint64_t number);
  /// The latest one.
  std::uint64_t number() const noexcept { return number_; }

  /// The rule whose rate does not count at present.
  std::optional<std::uint32_t> rule() const noexcept;
  /// A batch was forwarded.
  void note_sent(const Batch& batch);

 private:
  bool is_over() const;
  std::uint64_t waiting() const;
  /// How many readings of it are in batches, and not on disk besides.
  std::uint64_t in_batches() const;
  bool is_marked(const Batch& batch) const;
  const SpoolQueue* queue(std::string_view name) const;
  void look_again();
  void finish(DrainFigures::State state);
  DrainFigures gone(std::uint64_t number) const;
  DrainFigures figures();

  const Places places_;
  const std::function<void()> changed_;
  webpubsub::net::Timer timer_;
  std::uint64_t number_ = 0;  // 0: there was none yet
  DrainFigures::State state_ = DrainFigures::State::Ended;
  std::uint32_t rule_ = 0;
  std::string name_{};
  webpubsub::TimePoint seen_{};
  std::uint64_t sent_ = 0;
  // What waiting() was when it ended, or a moment ago: to count takes its time.
  std::uint64_t waiting_ = 0;
  webpubsub::TimePoint counted_{};
  // What waited: lies below these, or came no later than that.
  std::uint64_t disk_end_ = 0;
  std::uint64_t room_end_ = 0;
  webpubsub::TimePoint asked_{};
};

}  // namespace gateway
