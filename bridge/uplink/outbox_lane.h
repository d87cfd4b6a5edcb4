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
    std::uint64_t number = 0;  // rising
    State state = State::Waiting;
    unsigned ended = 0;    // connections, soon after it was sent and while it was the first
    unsigned refused = 0;  // times, with an error that trying again does not better
  };
  using Slots = std::deque<Slot>;

  void push(Batch batch) { slots_.push_back({std::move(batch), end_++}); }

  /// The first that waits and `may` go, or null. Those that may not are passed over until
  /// look_again().
  template <class May>
  Slot* next(const May& may) {
    for (auto slot = at(next_); slot != slots_.end(); ++slot) {
      next_ = slot->number;
      if (slot->state != State::Waiting) continue;
      if (may(*slot)) return &*slot;
      waiting_from_ = std::min(waiting_from_, next_);
      ++passed_;
      passed_bytes_ += slot->batch.memory();
    }
    next_ = end_;
    return nullptr;
  }
  void look_again() {
    next_ = std::min(next_, waiting_from_);
    waiting_from_ = kNone;
    passed_ = passed_bytes_ = 0;
  }
  /// The first that waits, whether it may go or not, or null.
  Slot* oldest_waiting() {
    for (auto slot = at(std::min(waiting_from_, next_)); slot != slots_.end(); ++slot) {
      if (slot->state != State::Waiting) continue;
      if (slot->number < next_) waiting_from_ = slot->number;
      return &*slot;
    }
    return nullptr;
  }

  /// By its number, or null when it was forgotten.
  Slot* find(std::uint64_t number) {
    const auto slot = at(number);
    return slot == slots_.end() || slot->number != number ? nullptr : &*slot;
  }
  void put_back(Slot& slot) {
    slot.state = State::Waiting;
    next_ = std::min(next_, slot.number);
    look_again();
  }
  void finish(Slot& slot) {
    if (slot.state == State::Waiting && slot.number < next_) {
      --passed_;
      passed_bytes_ -= slot.batch.memory();
    }
    slot.state = State::Done;
    ++done_;
  }

  /// The first is not done after that, and no more than a few of the others are.
  void forget_finished() {
    while (!slots_.empty() && slots_.front().state == State::Done) {
      slots_.pop_front();
      --done_;
    }
    if (done_ <= kMostDone || done_ <= slots_.size() / 2) return;
    std::erase_if(slots_, [](const Slot& slot) { return slot.state == State::Done; });
    done_ = 0;
  }
  void clear() {
    slots_.clear();
    done_ = 0;
    next_ = end_;
    waiting_from_ = kNone;
    passed_ = passed_bytes_ = 0;
  }

  bool empty() const noexcept { return slots_.empty(); }
  /// Not done, and not passed over.
  std::size_t active() const noexcept { return slots_.size() - done_ - passed_; }
  /// How many were passed over, and what they take of the process.
  std::size_t passed() const noexcept { return passed_; }
  std::size_t passed_bytes() const noexcept { return passed_bytes_; }
  /// Not done, after forget_finished().
  const Slot& front() const { return slots_.front(); }
  Slot& front() { return slots_.front(); }
  Slots& slots() noexcept { return slots_; }
  const Slots& slots() const noexcept { return slots_; }

 private:
  static constexpr std::size_t kMostDone = 256;  // behind one that is not
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  /// The first with this number or a higher one.
  Slots::iterator at(std::uint64_t number) {
    return std::lower_bound(
        slots_.begin(), slots_.end(), number,
        [](const Slot& slot, std::uint64_t sought) { return slot.number < sought; });
  }

  Slots slots_{};
  std::size_t done_ = 0;    // of slots_
  std::uint64_t end_ = 0;   // the next one's number
  std::uint64_t next_ = 0;  // none before it waits, but for those passed over
  std::size_t passed_ = 0;
  std::size_t passed_bytes_ = 0;
  std::uint64_t waiting_from_ = kNone;  // none before it that was passed over
};

}  // namespace gateway
