// Rules whose batches the service answers with an error, and how long each is left alone.
//
// After a failure a rule pauses; then one of its batches is sent to see whether it is taken now.
// While it is not, the pauses double; one that is taken ends them. Other rules go on meanwhile.
// Time is an argument: a test runs an hour in a millisecond.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "base/clock.h"

namespace gateway {

class RuleBackoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{30'000};
  /// Where the gateway's role is missing: that takes somebody to grant it.
  static constexpr std::chrono::milliseconds kLongestRefused{60'000};

  /// Whether a batch of the rule may be sent: it does not pause, and none is out to try.
  bool allows(std::uint32_t rule, webpubsub::TimePoint now) const;
  /// A batch of the rule leaves. After a pause others wait for what becomes of it.
  void sending(std::uint32_t rule);
  /// What was sent then came to nothing. Those sent before the pause began do not lengthen it.
  void failed(std::uint32_t rule, bool refused, webpubsub::TimePoint sent,
              webpubsub::TimePoint now);
  /// What was sent then was taken. Answers whether that ends the pauses.
  bool succeeded(std::uint32_t rule, webpubsub::TimePoint sent);
  /// What was sent came back without an answer.
  void came_back(std::uint32_t rule);
  /// There is reason to hope: all may try at once.
  void end_pauses(webpubsub::TimePoint now);
  void clear() { entries_.clear(); }

  /// When the first pause is over that is not over yet; the far future without one.
  webpubsub::TimePoint next(webpubsub::TimePoint now) const;
  bool empty() const noexcept { return entries_.empty(); }
  /// Whether the rule pauses because the service refuses it, for want of a role.
  bool is_refused(std::uint32_t rule) const;

 private:
  struct Entry {
    webpubsub::TimePoint began{};
    webpubsub::TimePoint until{};
    std::chrono::milliseconds pause{};
    bool refused = false;
    bool trying = false;  // one is out
  };
  std::map<std::uint32_t, Entry> entries_{};  // at most one for each rule
};

}  // namespace gateway
