// Where readings of live rules with an `offline` wait while the service is away, and how they leave
// when it is back.
//
// One room for all of them: what it may take of the process is shared. When that is used up, the
// rule of the lowest priority that takes the most gives way.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bridge/uplink/offline_queue.h"
#include "bridge/uplink/pacer.h"
#include "bridge/uplink/rule_lines.h"

namespace gateway {

/// The loop's thread.
class OfflineRoom {
 public:
  using Take = std::function<void(const Reading&)>;
  using Drop = std::function<void(std::uint32_t rule, DropReason reason, std::uint64_t readings)>;

  /// `lines` must outlive it.
  OfflineRoom(RuleLines& lines, std::size_t max_bytes, Drop drop)
      : lines_(lines), max_bytes_(max_bytes), drop_(std::move(drop)) {}

  /// Rules that stay as they are do not notice. What waits for others goes to `take`, that is
  /// through their lines, which are still there.
  void set_rules(const std::vector<RuleOptions>& rules, const std::vector<std::uint32_t>& numbers,
                 const Take& take);
  void set_max_bytes(std::size_t bytes);

  /// Whether the reading waits here, or was dropped here; else it is to go on at once.
  bool take_in(const Reading& reading, bool online);

  /// Hands over what may leave now: with `all` without regard to rates. Rules of priority
  /// `held_from` and below stay. Answers whether there was anything.
  bool feed(webpubsub::TimePoint now, bool all, std::size_t held_from, const Take& take,
            std::vector<Batch>& closed);
  /// When there is something to feed; the far future for nothing.
  webpubsub::TimePoint next(webpubsub::TimePoint now, std::size_t held_from) const;

  /// What waits of this rule leaves without regard to its rate.
  void set_drained(std::optional<std::uint32_t> rule) noexcept { drained_ = rule; }

  void expire(webpubsub::TimePoint now);
  webpubsub::TimePoint next_expiry() const;
  void drop_all(DropReason reason);
  void drop_all(std::uint32_t rule, DropReason reason);

  bool empty() const noexcept { return messages_ == 0; }
  std::uint64_t messages() const noexcept { return messages_; }
  /// What it takes of the process.
  std::size_t memory() const noexcept { return memory_; }
  webpubsub::TimePoint oldest() const;
  /// Adds those that wait to `pending`, by rule.
  void add_pending(std::vector<RuleCounts>& rules) const;
  /// nullptr for a rule that has none.
  const OfflineQueue* find(std::uint32_t rule) const;

 private:
  struct Waiting {
    OfflineQueue queue;
    Pacer replay;
  };

  RuleLine& line(std::uint32_t rule) const { return *lines_.line(rule); }
  OfflineQueue::Drop drop_of(std::uint32_t rule) const;
  template <class Change>
  void change(OfflineQueue& queue, const Change& change);
  void keep_within();
  void replay(std::uint32_t rule, Waiting& waiting, webpubsub::TimePoint now, const Take& take,
              std::vector<Batch>& closed);

  RuleLines& lines_;
  std::size_t max_bytes_;
  const Drop drop_;
  std::map<std::uint32_t, Waiting> waiting_{};  // by rule
  std::optional<std::uint32_t> drained_{};      // rule
  std::uint64_t messages_ = 0;                  // of all of them
  std::size_t memory_ = 0;
};

}  // namespace gateway
