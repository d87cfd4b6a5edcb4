// What durable rules have on disk, on its way to their batches and back off the disk.
//
// A message goes into batches, and the spool forgets it when each of them is done. Before a batch
// leaves, the spool is told which messages are in it: a process that is killed makes the same batch
// under the same number again, so that a receiver can tell that it has it.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bridge/store/store.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/counts.h"
#include "bridge/uplink/pacer.h"
#include "bridge/uplink/reading.h"
#include "bridge/uplink/rule_lines.h"

namespace gateway {

/// The loop's thread.
class SpoolFeed {
 public:
  /// Takes a reading of a rule, as it takes those in memory.
  using Take = std::function<void(const Reading&)>;

  /// Without a store nothing is on disk. `store` and `lines` must outlive it.
  SpoolFeed(Store* store, RuleLines& lines) : store_(store), lines_(lines) {}

  /// The rules and their numbers changed. Batches that an earlier process may have sent are made
  /// again, and appended to `closed`.
  void set_rules(const std::vector<std::uint32_t>& freed, webpubsub::TimePoint now,
                 std::vector<Batch>& closed);
  /// Where the MQTT thread puts the messages of each rule, by number; nullptr: into memory.
  std::vector<SpoolQueue*> queues() const;
  /// Likewise of rules that are about to be set.
  std::vector<SpoolQueue*> queues_for(const std::vector<RuleOptions>& rules,
                                      const std::vector<std::uint32_t>& numbers) const;
  /// Whether the rules are to be told apart anew, for the store can be used for the first time.
  bool missed_rules() const;

  /// The link is up: what waits now is late.
  void on_link_up();
  /// Reads what `amount` allows. Answers whether there was anything.
  bool feed(SpoolQueue::Amount amount, webpubsub::TimePoint now, const Take& take,
            std::vector<Batch>& closed);
  /// Rules of this priority and below are not read; kPriorities: all are.
  void hold_from(std::size_t priority) noexcept { held_from_ = priority; }
  /// Nor are those of which `pauses` says so.
  void set_pauses(std::function<bool(std::uint32_t rule)> pauses) { pauses_ = std::move(pauses); }
  /// This rule's backlog is read before all others and without regard to its rate.
  void set_drained(std::optional<std::uint32_t> rule) noexcept { drained_ = rule; }
  /// When there is something to feed: at once, when the rate of a backlog allows it, or never.
  webpubsub::TimePoint next(webpubsub::TimePoint now) const;

  /// A batch was closed and may be sent after commit().
  void note(const Batch& batch);
  /// It was acknowledged, or given up for good.
  void settle(const Batch& batch);
  /// What is noted and settled so far survives the process. False: the disk refused; nothing noted
  /// may be sent.
  bool commit();

  /// Drops what is too old or too much. Answers whether there is more of that.
  bool trim(webpubsub::TimePoint now);

  /// Adds what is on disk and in no batch.
  void add_counts(std::vector<RuleCounts>& rules) const;
  /// Queues of rules that are not in the configuration.
  void add_foreign(std::vector<RuleCounts>& rules) const;
  /// All that is on disk. Answers when the oldest of it arrived; the far future for nothing.
  webpubsub::TimePoint add_totals(UplinkCounts& counts) const;

 private:
  struct Attached {
    std::uint32_t rule = 0;
    SpoolQueue* queue = nullptr;
    SpoolCounts base{};            // before the rule had this number
    std::uint64_t more_holds = 0;  // batches made again that share a message with another one
    Pacer replay{1, {}};           // of its backlog
  };

  Attached* find(std::uint32_t rule);
  bool is_held(const Attached& attached) const;
  void detach(std::uint32_t rule);
  void attach(std::uint32_t rule, webpubsub::TimePoint now, std::vector<Batch>& closed);
  static void rebuild(Attached& attached, RuleLine& line, webpubsub::TimePoint now,
                      std::vector<Batch>& closed);
  void feed_drained(SpoolQueue::Amount& amount, webpubsub::TimePoint now, const Take& take,
                    std::vector<Batch>& closed);
  void feed_one(Attached& attached, SpoolQueue::Amount& amount, webpubsub::TimePoint now,
                const Take& take, std::vector<Batch>& closed);
  static void read(Attached& attached, RuleLine& line, SpoolQueue::Part part,
                   SpoolQueue::Amount& amount, const Take& take, std::vector<Batch>& closed);
  void replay(Attached& attached, RuleLine& line, SpoolQueue::Amount& amount,
              webpubsub::TimePoint now, const Take& take, std::vector<Batch>& closed);

  Store* store_;
  RuleLines& lines_;
  std::vector<Attached> attached_{};
  std::map<std::string, SpoolCounts> bases_{};  // of queues whose rule lost its number
  webpubsub::TimePoint aged_{};                 // when old messages were looked for
  std::size_t turn_ = 0;                        // whose turn it is to be read first
  std::size_t held_from_ = kPriorities;
  std::function<bool(std::uint32_t)> pauses_{};
  std::optional<std::uint32_t> drained_{};
  bool complete_ = true;  // every durable rule has its queue
};

}  // namespace gateway
