// thin: leaves out readings that say little new.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "bridge/rules/message_view.h"
#include "bridge/rules/reading_key.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/rules/sample.h"

namespace gateway {

struct Deadband {
  std::string field{};
  double width = 0;      // a change of more than this is news
  bool percent = false;  // of the value forwarded last
  bool operator==(const Deadband&) const = default;
};

struct ThinOptions {
  std::vector<Deadband> deadband{};
  std::vector<std::string> on_change{};       // fields; any change of one is news
  std::chrono::milliseconds min_interval{0};  // between two forwarded readings of a key, 0: none
  std::chrono::milliseconds max_interval{0};  // after which a reading is forwarded anyway, 0: none
  std::uint64_t every = 1;                    // of so many readings of a key, the first
  std::string per{};                          // as ReadingKey has it
  bool operator==(const ThinOptions&) const = default;

  bool is_set() const {
    return !deadband.empty() || !on_change.empty() || min_interval.count() > 0 || every > 1;
  }
};

/// Whether what is known for one is of use for the other: of the same keys the same fields.
bool remember_alike(const ThinOptions& a, const ThinOptions& b);

enum class ThinReason : std::uint8_t {
  First,    // of its key
  Overdue,  // max_interval has passed
  Moved,    // beyond a deadband, or another value
  Due,      // nothing is against it
  TooSoon,  // min_interval has not passed
  Skipped,  // not the one of so many
  Unmoved,
};
bool passes(ThinReason reason) noexcept;
std::string_view to_string(ThinReason reason) noexcept;

class Thinner {
 public:
  /// More keys than this push out the one unheard of for longest: its next reading is a first one.
  static constexpr std::size_t kMaxKeys = 10'000;

  Thinner(ThinOptions options, const RuleTopics& topics);

  ThinReason decide(const MessageView& message, const Sample& sample, webpubsub::TimePoint now,
                    Arena& arena);
  /// One that is forwarded without being asked about.
  void note(const MessageView& message, const Sample& sample, webpubsub::TimePoint now,
            Arena& arena);
  std::size_t keys() const noexcept { return states_.size(); }

  /// What is to be there after a restart, as bytes; `clock_offset` is from the steady clock to Unix
  /// time, in milliseconds. Whether it is other than at the latest save() says is_unsaved().
  std::string save(std::int64_t clock_offset);
  bool is_unsaved() const noexcept { return unsaved_; }
  /// Takes up what save() wrote, for the same options, as far as it does not know better; what is
  /// none of that is left out.
  void restore(std::string_view saved, std::int64_t clock_offset);
  /// Takes over what `old`, of the rule as it was, knows, if it is of use for the new options.
  void succeed(Thinner& old);
  const ThinOptions& options() const noexcept { return options_; }

 private:
  struct State {
    std::string key{};
    webpubsub::TimePoint forwarded{};
    std::uint64_t seen = 0;            // since the one forwarded last
    std::vector<OwnedValue> values{};  // forwarded last: of deadband, then of on_change
  };

  State& state_for(std::string_view key, bool& is_new);
  bool has_moved(const State& state, const Sample& sample) const;
  void remember(State& state, const Sample& sample, webpubsub::TimePoint now);

  ThinOptions options_;
  ReadingKey key_;
  bool unsaved_ = false;
  std::list<State> states_{};  // heard of latest first
  std::unordered_map<std::string_view, std::list<State>::iterator> by_key_{};
};

}  // namespace gateway
