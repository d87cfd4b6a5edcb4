// What a thread that may block is asked to do: a queue it waits on.
//
// Not base/inbox.h, whose reader is woken by the event loop. Its length is bounded by those who
// push: PahoEngine counts its publications, the rest is one item per change of the link.

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace gateway {

template <class T>
class ControlQueue {
 public:
  void push(T item) {
    {
      const std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
  }

  /// The oldest item; nothing when `deadline` passed first. Without a deadline it waits for good.
  std::optional<T> pop(std::optional<webpubsub::TimePoint> deadline) {
    std::unique_lock lock(mutex_);
    const auto filled = [this] { return !items_.empty(); };
    if (!deadline) {
      ready_.wait(lock, filled);
    } else if (!ready_.wait_until(lock, *deadline, filled)) {
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;
};

}  // namespace gateway
