// What becomes of the readings of one rule, for an operator who watches.
//
// The latest are kept until they are asked for. While nobody comes for them no more are added than
// there is room for: a flood costs a count and nothing else.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/uplink/counts.h"
#include "bridge/uplink/last_reading.h"
#include "bridge/uplink/reading.h"

namespace gateway {

struct TraceEntry {
  enum class Outcome : std::uint8_t {
    Batched,   // is in a batch for a group
    Windowed,  // was added to a window, which tells its result later
    Waits,     // in memory, for the service to be back
    Filtered,
    Dropped,
  };
  std::uint64_t number = 0;  // rising, over all traces of the process
  std::int64_t time = 0;     // milliseconds since the Unix epoch
  std::string topic{};       // long ones are cut
  Outcome outcome = Outcome::Batched;
  std::string detail{};  // the group, or the reason
  std::uint64_t readings = 1;
  std::string payload{};  // as the excerpt gave it; empty without one
};

/// One rule at a time. The loop's thread.
class ReadingTrace final : private ForwardWatcher {
 public:
  static constexpr std::size_t kMost = 1'000;
  // Of an entry, in bytes; together with its numbers half a KiB.
  static constexpr std::size_t kMostTopic = 128;
  static constexpr std::size_t kMostDetail = 64;
  static constexpr std::size_t kMostPayload = 256;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// What may be shown of a payload.
  using Excerpt = std::function<std::string(std::string_view payload)>;

  /// Forgets what there is of another rule. Without `excerpt` payloads are not kept.
  void begin(std::uint32_t rule, Excerpt excerpt);
  void end();
  /// Whether it is this rule's readings that are told. kNone is no rule's number.
  bool traces(std::uint32_t rule) const noexcept { return rule == rule_; }
  bool is_on() const noexcept { return rule_ != kNone; }
  std::uint32_t rule() const noexcept { return rule_; }

  /// A reading is about to be taken by its rule, whose forward watcher this is meanwhile: what was
  /// there before is `beside`, and hears of it as well. Null: results of windows are about to be
  /// told.
  ForwardWatcher* watch(const Reading* reading, ForwardWatcher* beside);
  /// What else became of it.
  void tell(TraceEntry::Outcome outcome, std::string_view detail, std::uint64_t readings);
  /// It was taken. Answers whether nothing was told of it.
  bool finish();

  /// Whoever asks for those after a lower number than this saw an earlier trace.
  std::uint64_t began() const noexcept { return began_; }
  /// The latest number there is.
  std::uint64_t last() const noexcept { return last_; }
  /// Those with a higher number than `after`, at most so many, and what was left out before and
  /// between them.
  struct Part {
    std::deque<const TraceEntry*> entries{};
    std::uint64_t last = 0;  // to go on after
    std::uint64_t missed = 0;
  };
  Part after(std::uint64_t number, std::size_t most);
  bool has_after(std::uint64_t number) const noexcept { return last_ > number; }

 private:
  void on_seen(std::string_view device, webpubsub::TimePoint arrived) override;
  void on_forwarded(const ForwardedReading& reading) override;
  void add(std::int64_t time, std::string_view topic, std::string_view payload,
           TraceEntry::Outcome outcome, std::string_view detail, std::uint64_t readings);

  std::uint32_t rule_ = kNone;
  Excerpt excerpt_{};
  std::deque<TraceEntry> entries_{};
  std::uint64_t last_ = 1;  // 0 asks for the beginning
  std::uint64_t began_ = 1;
  std::size_t since_asked_ = 0;  // entries
  const Reading* reading_ = nullptr;
  ForwardWatcher* beside_ = nullptr;
  bool told_ = false;  // of the reading at hand
};

}  // namespace gateway
