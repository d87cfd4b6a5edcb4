// The readings of one live rule that wait for the service, as its `offline` says.
//
// They wait as they came, before their rule has looked at them, so that any of them can make way
// for another one: a batch could only go as a whole.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "bridge/rules/delivery_options.h"
#include "bridge/uplink/counts.h"
#include "bridge/uplink/reading.h"

namespace gateway {

/// No clock, no thread.
class OfflineQueue {
 public:
  /// Is told of readings that will not be sent.
  using Drop = std::function<void(DropReason reason, std::uint64_t readings)>;

  explicit OfflineQueue(const OfflineOptions& options) : options_(options) {}

  /// Keeps a copy, or does not; others may make way for it. `key`: which readings it can stand for.
  void push(const Reading& reading, std::string_view key, const Drop& drop);
  /// A fresh one with that key leaves now, after which an older one would be a step back.
  void supersede(std::string_view key, const Drop& drop);
  /// Drops one, as `overflow` says, for the sake of others.
  void give_way(const Drop& drop);
  /// Drops what is too old.
  void expire(webpubsub::TimePoint now, const Drop& drop);
  /// When the next one will be; the far future for none.
  webpubsub::TimePoint next_expiry() const;

  /// Hands over up to `most` of them in the order they are to be sent, valid during the call.
  std::size_t take(std::size_t most, const std::function<void(const Reading&)>& take);
  /// Those that came after number `after`, in the order they came, until `take` answers false.
  void each(std::uint64_t after,
            const std::function<bool(std::uint64_t number, const Reading&)>& take) const;
  void drop_all(DropReason reason, const Drop& drop);

  const OfflineOptions& options() const noexcept { return options_; }
  /// The number that the next one gets.
  std::uint64_t end() const noexcept { return next_; }
  /// How many have a lower number than `end`. Linear in what it answers.
  std::size_t count_below(std::uint64_t end) const;
  bool has_below(std::uint64_t end) const {
    return !entries_.empty() && entries_.begin()->first < end;
  }
  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  /// Of topics and payloads.
  std::size_t bytes() const noexcept { return bytes_; }
  /// What they take of the process, with what it takes to find them.
  std::size_t memory() const noexcept;
  /// When the oldest arrived; the far future without one.
  webpubsub::TimePoint oldest() const;

 private:
  struct Entry;
  /// Readings with the same key, by their numbers; 0 for none.
  struct Chain {
    std::uint64_t oldest = 0;
    std::uint64_t newest = 0;
  };
  using Chains = std::unordered_map<std::string, Chain>;
  struct Entry {
    Reading reading{};   // its views have their sizes, but nothing to see
    std::string text{};  // topic, payload, response topic and correlation data

    /// Which lies in `from`, its text.
    Reading seen_in(std::string_view from) const;

    Chains::value_type* chain = nullptr;  // of a queue that has them
    std::uint64_t older = 0;              // with the same key
    std::uint64_t newer = 0;
  };
  using Entries = std::map<std::uint64_t, Entry>;

  bool has_chains() const noexcept {
    return options_.keep == OfflineOptions::Keep::Latest ||
           options_.overflow == OfflineOptions::Overflow::Latest;
  }
  bool fits(std::size_t more) const;
  bool can_take(std::size_t size, std::string_view key) const;
  void make_room(std::size_t more, std::string_view key, const Drop& drop);
  Entries::iterator remove(Entries::iterator entry);
  void drop_one(Entries::iterator entry, DropReason reason, const Drop& drop);

  OfflineOptions options_;
  Entries entries_{};  // in the order they came
  Chains chains_{};
  std::uint64_t next_ = 1;
  std::size_t bytes_ = 0;
  std::size_t key_bytes_ = 0;
};

}  // namespace gateway
