#include "bridge/store/segment.h"

#include <algorithm>

namespace gateway {

void Segment::add(Entry entry) {
  if (entries_.empty() && entry.state == State::Settled) {
    ++first_;
    next_ = std::max(next_, first_);
    return;
  }
  entries_.push_back(entry);
}

void Segment::restore(std::uint32_t bytes, std::uint16_t holds) {
  add({bytes, holds, holds == 0 ? State::Unread : State::Held});
}

std::uint64_t Segment::skip_to(std::uint64_t sequence) {
  std::uint64_t lost = 0;
  for (; next_ < sequence && next_ < mark(); ++next_) {
    auto& entry = entries_[static_cast<std::size_t>(next_ - first_)];
    if (entry.state != State::Unread) continue;
    entry = {.state = State::Settled};
    ++lost;
  }
  if (next_ < sequence) {
    lost += sequence - next_;
    if (entries_.empty()) {  // a hole may be as long as the backlog
      first_ = sequence;
    } else {
      entries_.resize(entries_.size() + static_cast<std::size_t>(sequence - next_),
                      Entry{.state = State::Settled});
    }
    next_ = sequence;
  }
  advance();
  return lost;
}

std::uint64_t Segment::waiting_below(std::uint64_t sequence) const {
  const auto end = std::min(sequence, end_);
  if (end <= first_) return 0;
  const auto known = std::min<std::uint64_t>(end - first_, entries_.size());
  const auto settled =
      std::count_if(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(known),
                    [](const Entry& entry) { return entry.state == State::Settled; });
  return end - first_ - static_cast<std::uint64_t>(settled);
}

bool Segment::pass_over() {
  if (next_ >= mark()) return false;
  if (entries_[static_cast<std::size_t>(next_ - first_)].state == State::Unread) return false;
  ++next_;
  return true;
}

void Segment::read(std::uint32_t bytes, std::uint16_t holds) {
  const Entry entry{bytes, holds, holds == 0 ? State::Settled : State::Held};
  if (next_ < mark()) {
    entries_[static_cast<std::size_t>(next_ - first_)] = entry;
    ++next_;
    advance();
    return;
  }
  ++next_;
  add(entry);
}

std::optional<std::uint32_t> Segment::release(std::uint64_t sequence) {
  if (sequence < first_ || sequence >= mark()) return std::nullopt;
  auto& entry = entries_[static_cast<std::size_t>(sequence - first_)];
  if (entry.state != State::Held || --entry.holds > 0) return std::nullopt;
  entry.state = State::Settled;
  const auto bytes = entry.bytes;
  advance();
  return bytes;
}

bool Segment::put_back(std::uint64_t sequence) {
  if (sequence < first_ || sequence >= mark()) return false;
  auto& entry = entries_[static_cast<std::size_t>(sequence - first_)];
  if (entry.state != State::Held || --entry.holds > 0) return false;
  entry.state = State::Unread;
  next_ = std::min(next_, sequence);
  return true;
}

void Segment::advance() {
  while (!entries_.empty() && entries_.front().state == State::Settled) {
    entries_.pop_front();
    ++first_;
  }
  next_ = std::max(next_, first_);
}

}  // namespace gateway
