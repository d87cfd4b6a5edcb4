// window at work: the readings of each key, step by step, and what is told of them.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bridge/rules/sample.h"
#include "bridge/rules/window/aggregate.h"
#include "bridge/rules/window/window_options.h"

namespace gateway {

/// Each reading is told once, with the first window it is in; until then it is pending. No clock:
/// times are milliseconds since the Unix epoch, those of the readings and, where it says `now`, the
/// gateway's.
class Window {
 public:
  /// By time, readings of more keys than this are not taken in until windows are over; by count
  /// the key unheard of for longest is told early.
  static constexpr std::size_t kMaxKeys = 10'000;
  /// Steps times fields that are kept, of all keys together.
  static constexpr std::size_t kMaxAggregates = 20'000;

  explicit Window(WindowOptions options);

  struct Origin {
    std::string_view key{};
    std::string_view topic{};
    std::string_view group{};
  };
  struct Result {
    std::string_view topic{};  // of the latest reading of the key
    std::string_view group{};
    std::int64_t time = 0;  // the window's end
    const Sample& sample;
    std::string_view json{};     // the same
    std::uint64_t readings = 0;  // told with it
  };
  using Tell = std::function<void(const Result&)>;

  enum class Taken : std::uint8_t { In, Late, Full };
  Taken take(const Origin& origin, const Sample& sample, std::int64_t time, std::int64_t now,
             const Tell& tell);
  /// Tells the windows that are over.
  void close_due(std::int64_t now, const Tell& tell);
  /// Tells what is there of those that are not.
  void finish(const Tell& tell);

  /// When close_due() has something to do; nothing while there is nothing to tell.
  std::optional<std::int64_t> next_due() const;
  std::uint64_t pending() const noexcept { return pending_; }
  std::size_t keys() const noexcept { return keys_.size(); }

 private:
  struct Pane {
    std::int64_t step = 0;  // by time: begins at this many steps; by count: counts up
    std::uint64_t readings = 0;
    std::int64_t latest = 0;  // time of its readings
    std::vector<Aggregate> fields{};
  };
  struct Key {
    std::string name{};
    std::string topic{};
    std::string group{};
    std::deque<Pane> panes{};  // rising steps
  };
  using Keys = std::list<Key>;

  Key* key_for(const Origin& origin, const Tell& tell);
  Pane* pane_for(Key& key, std::int64_t step, const Tell& tell);
  bool has_room() const;
  void tell_early(const Tell& tell);
  void add(Pane& pane, const Sample& sample, std::int64_t time) const;
  void tell_step(Key& key, std::int64_t step, const Tell& tell);
  void drop_panes(Key& key, std::int64_t before);
  void finish(Key& key, const Tell& tell);
  Keys::iterator forget(Keys::iterator key);
  void render(std::vector<Aggregate>& fields);
  std::int64_t step_of(std::int64_t time) const;
  std::int64_t panes() const { return static_cast<std::int64_t>(options_.panes); }

  WindowOptions options_;
  std::vector<bool> percentiles_{};  // of each field: whether some are asked for
  Keys keys_{};                      // by count: heard of longest ago first
  std::unordered_map<std::string_view, Keys::iterator> by_name_{};
  std::int64_t next_step_ = INT64_MIN;  // the first that was not told; by time
  std::size_t aggregates_ = 0;
  std::uint64_t pending_ = 0;

  // Of the window being told.
  std::string json_{};
  std::vector<std::string> values_{};
  Sample sample_{};
};

}  // namespace gateway
