// The door between threads: a bounded queue that one thread drains and others push into.
//
// It wakes the reader on the edge from empty to non-empty only: one wake per burst, not per item.

#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace webpubsub {

template <class T>
class Inbox {
 public:
  /// `wake` runs on the pushing thread, outside the lock, when the inbox stops being empty.
  Inbox(std::size_t capacity, std::function<void()> wake)
      : capacity_(capacity), wake_(std::move(wake)) {}

  /// False when full: the item is not taken, and `refused()` counts it. Any thread.
  [[nodiscard]] bool push(T item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (items_.size() >= capacity_) {
        ++refused_;
        return false;
      }
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) wake_();
    return true;
  }

  /// Everything pushed so far, oldest first. `into` is emptied first and its memory is reused for
  /// the next burst. One reading thread.
  void drain(std::vector<T>& into) {
    into.clear();
    const std::lock_guard lock(mutex_);
    items_.swap(into);
  }

  std::size_t refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  const std::size_t capacity_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<T> items_;
  std::size_t refused_ = 0;
};

}  // namespace webpubsub
