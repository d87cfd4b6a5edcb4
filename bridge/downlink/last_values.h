// The last reading of each topic of each rule, for dashboards that have just come.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "bridge/uplink/last_reading.h"

namespace gateway {

struct LastValue {
  std::string key{};  // "RULE TOPIC"; no rule has a blank in its name
  std::string group{};
  std::string payload{};
  std::int64_t time = 0;
  std::uint64_t number = 0;  // in the order in which topics were first seen
  bool unsaved = false;

  std::string_view rule() const { return std::string_view(key).substr(0, key.find(' ')); }
  std::string_view topic() const { return std::string_view(key).substr(key.find(' ') + 1); }
  std::size_t bytes() const { return key.size() + group.size() + payload.size(); }
};

/// Used on the loop's thread. Bounded in count and bytes: the topic that was silent longest makes
/// room.
class LastValues {
 public:
  struct Limits {
    std::size_t max_topics = 10'000;
    std::size_t max_bytes = 8 * 1024 * 1024;
  };
  /// `forgotten` is told the key of what made room.
  LastValues(Limits limits, std::function<void(const std::string& key)> forgotten)
      : limits_(limits), forgotten_(std::move(forgotten)) {}

  /// `now`: as `reading.time` has it.
  void on_forwarded(const ForwardedReading& reading, std::int64_t now);
  void set_limits(Limits limits);
  /// From an earlier process; what is here already stays.
  void restore(LastValue value);
  /// Forgets what is of none of these rules.
  void keep_rules(const std::vector<std::string>& rules);

  /// Those numbered above `after`, in their order, until `take` answers false.
  void each(std::uint64_t after, const std::function<bool(LastValue&)>& take);

  std::size_t size() const noexcept { return by_key_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  using Values = std::list<LastValue>;  // the one that was silent longest is first
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  void insert(LastValue value, bool latest);
  void erase(Values::iterator value);
  void make_room();

  Limits limits_;
  const std::function<void(const std::string&)> forgotten_;
  Values values_{};
  std::unordered_map<std::string_view, Values::iterator, Hash, std::equal_to<>> by_key_{};
  std::map<std::uint64_t, Values::iterator> by_number_{};
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;
  std::string key_{};  // kept for its memory
};

}  // namespace gateway
