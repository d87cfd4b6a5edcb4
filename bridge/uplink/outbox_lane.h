// The batches of one priority in an outbox, in the order they were closed.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "bridge/uplink/batch.h"

namespace gateway {

class OutboxLane {
 public:
  enum class State : std::uint8_t { Waiting, Sent, Done };
  struct Slot {
    Batch batch{};
    State state = State::Waiting;
    unsigned ended = 0;  // connections, soon after it was sent and while it was the first
  };
  using Slots = std::deque<Slot>;

  void push(Batch batch) { slots_.push_back({std::move(batch)}); }

  /// The first that waits, or null. It stays the first until its state changes.
  Slot* next() {
    while (next_ < end() && at(next_).state != State::Waiting) ++next_;
    return next_ < end() ? &at(next_) : nullptr;
  }
  /// The number of the one that next() gave.
  std::uint64_t next_number() const noexcept { return next_; }

  /// By its number, or null when it was forgotten.
  Slot* find(std::uint64_t number) { return number < first_ ? nullptr : &at(number); }
  /// That one waits again.
  void put_back(std::uint64_t number) { next_ = std::min(next_, number); }

  void forget_finished() {
    while (!slots_.empty() && slots_.front().state == State::Done) {
      slots_.pop_front();
      ++first_;
    }
    next_ = std::max(next_, first_);
  }
  void clear() {
    first_ = next_ = end();
    slots_.clear();
  }

  bool empty() const noexcept { return slots_.empty(); }
  /// Not done, after forget_finished().
  const Slot& front() const { return slots_.front(); }
  Slots& slots() noexcept { return slots_; }
  const Slots& slots() const noexcept { return slots_; }

 private:
  Slot& at(std::uint64_t number) { return slots_[static_cast<std::size_t>(number - first_)]; }
  std::uint64_t end() const noexcept { return first_ + slots_.size(); }

  Slots slots_{};
  std::uint64_t first_ = 0;  // number of slots_.front()
  std::uint64_t next_ = 0;   // none before it waits
};

}  // namespace gateway
