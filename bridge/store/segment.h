// One stretch of a queue as it is worked off: which messages were read, and what became of them.
//
// Messages are settled in any order, for their batches are acknowledged in any order. What is
// remembered is what lies between the first that is not settled and the last that was read, so it
// grows with what is in flight and not with the backlog.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "bridge/store/record.h"

namespace gateway {

class Segment {
 public:
  static constexpr std::uint64_t kOpen = ~std::uint64_t{0};

  /// [first, end); messages below `settled_below` that are missing were settled earlier.
  Segment(std::uint64_t first, std::uint64_t end) : first_(first), next_(first), end_(end) {}

  std::uint64_t first() const noexcept { return first_; }  // not settled yet, all before it are
  std::uint64_t next() const noexcept { return next_; }    // to be read
  std::uint64_t mark() const noexcept { return first_ + entries_.size(); }
  std::uint64_t end() const noexcept { return end_; }
  void set_end(std::uint64_t end) noexcept { end_ = end; }
  bool contains(std::uint64_t sequence) const noexcept {
    return sequence >= first_ && sequence < end_;
  }
  /// Whether every message in it is settled and none can be added.
  bool done() const noexcept { return first_ >= end_; }
  /// How many below `sequence` are not settled, as far as is known of those that were not read.
  std::uint64_t waiting_below(std::uint64_t sequence) const;

  /// What is known from an earlier life about the next message at the mark: it was settled, or is
  /// in `holds` batches, or is to be read again.
  void restore_settled() { add({.state = State::Settled}); }
  void restore(std::uint32_t bytes, std::uint16_t holds);

  /// The next message is `sequence`: those between are not there. Answers how many of them had not
  /// been known to be settled.
  std::uint64_t skip_to(std::uint64_t sequence);
  /// Whether the message at next() is waiting to be read; else it passes over it.
  bool pass_over();
  /// The message at next() was read.
  void read(std::uint32_t bytes, std::uint16_t holds);

  /// One of its batches will not have it after all: without another one it is to be read again.
  /// Answers whether that is so.
  bool put_back(std::uint64_t sequence);
  /// One of its batches is done with it. Answers its size when that was the last one.
  std::optional<std::uint32_t> release(std::uint64_t sequence);

 private:
  enum class State : std::uint8_t { Unread, Held, Settled };
  struct Entry {
    std::uint32_t bytes = 0;
    std::uint16_t holds = 0;
    State state = State::Unread;
  };
  void add(Entry entry);
  void advance();

  std::uint64_t first_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::deque<Entry> entries_;  // of [first_, mark())
};

}  // namespace gateway
