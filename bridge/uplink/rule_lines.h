// The rules at work, each under a number that readings, batches and counts know it by.
//
// A rule keeps its number for as long as it has its name, whatever else of it changes, and a rule
// that was removed keeps number and counts until the process ends: its last batches may still
// wait, and a counter that vanishes looks like a loss.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/rules/rule_options.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/counts.h"
#include "bridge/uplink/reading.h"
#include "bridge/uplink/rule_line.h"

namespace gateway {

class RuleLines {
 public:
  /// More removed rules than this are added up under one name, the earliest first.
  static constexpr std::size_t kMaxRemoved = 100;
  /// That name, which no rule can have.
  static constexpr const char* kRemoved = "(removed)";

  explicit RuleLines(BufferPool& buffers) : buffers_(buffers) {}

  /// One number for each of `rules`, in their order; new ones are made up as needed. `counts` is
  /// what every number stands at now: those of removed rules with nothing pending may be given to
  /// others, and are then in `freed`.
  std::vector<std::uint32_t> number(const std::vector<RuleOptions>& rules,
                                    const std::vector<RuleCounts>& counts,
                                    std::vector<std::uint32_t>& freed);
  /// Puts `rules` under their numbers. The batches of those that change or go are closed first;
  /// those that stay as they are do not notice.
  void replace(std::vector<RuleOptions> rules, const std::vector<std::uint32_t>& numbers,
               const std::string& gateway_id, std::vector<Batch>& closed);

  /// Is told of what is forwarded from now on; nullptr: nobody is.
  void set_forward_watcher(ForwardWatcher* watcher);

  std::size_t size() const noexcept { return slots_.size(); }
  /// nullptr for a rule that was removed.
  RuleLine* line(std::uint32_t number) { return slots_[number].line.get(); }
  const RuleLine* line(std::uint32_t number) const { return slots_[number].line.get(); }
  /// Nothing when no rule has that name, or had it of late.
  std::optional<std::uint32_t> find(std::string_view name) const;
  const std::string& name(std::uint32_t number) const { return slots_[number].settled.rule; }
  /// What became of readings that reached an outbox.
  RuleCounts& settled(std::uint32_t number) { return slots_[number].settled; }

  /// As RuleLine has it, for the line of the reading's rule, which is there.
  std::optional<DropReason> take(const Reading& reading, webpubsub::TimePoint now,
                                 std::vector<Batch>& closed);

  /// Gives `take` each rule that thins, by its name.
  void each_thinner(const std::function<void(const std::string& rule, Thinner& thinner)>& take);

  void close_all(std::vector<Batch>& closed);
  /// Those of rules that do not hold theirs until they are full.
  void close_calm(std::vector<Batch>& closed);
  void close_due(webpubsub::TimePoint now, std::vector<Batch>& closed);
  /// As RuleLine has them.
  void close_windows(webpubsub::TimePoint now, std::vector<Batch>& closed);
  void finish_windows(webpubsub::TimePoint now, std::vector<Batch>& closed);
  webpubsub::TimePoint next_window() const;
  std::size_t open_batches() const;
  /// Of them, those that close_calm() closes.
  std::size_t calm_batches() const;
  std::size_t open_bytes() const;
  webpubsub::TimePoint next_due() const;
  webpubsub::TimePoint oldest() const;
  std::uint64_t cache_resets() const;

  /// As RuleLine has it, for all lines to come.
  void set_requester(std::function<void(const DeviceRequest&)> request) {
    request_ = std::move(request);
  }

  /// By number: what settled, what the lines dropped, and what waits in them.
  std::vector<RuleCounts> counts() const;
  /// What rules left that were removed and are not told apart any more.
  const RuleCounts& removed() const noexcept { return removed_; }

 private:
  struct Slot {
    RuleCounts settled{};  // with what earlier lines under this number dropped
    std::unique_ptr<RuleLine> line{};
    std::string gateway_id{};         // the line was made for
    std::uint64_t last_sequence = 0;  // of a removed rule, should it come back
    bool is_open = false;             // in open_
  };
  std::uint32_t free_number(const std::vector<RuleCounts>& counts);
  void retire(Slot& slot, std::vector<Batch>& closed);
  void note_open(std::uint32_t number);
  void forget_closed();

  BufferPool& buffers_;
  ForwardWatcher* forwards_ = nullptr;
  std::vector<Slot> slots_{};
  std::function<void(const DeviceRequest&)> request_{};
  std::vector<std::uint32_t> windowed_{};  // lines with windows
  // Lines with open batches, and some that had: a round looks at these, however many rules wait.
  std::vector<std::uint32_t> open_{};
  RuleCounts removed_{.rule = kRemoved, .removed = true};
  std::uint64_t cache_resets_ = 0;  // of lines that are gone
};

}  // namespace gateway
