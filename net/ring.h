// A first-in first-out queue that keeps its memory, so that steady traffic does not allocate.

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace webpubsub::net {

template <class T>
class Ring {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  T& front() noexcept { return slots_[head_]; }
  T& operator[](std::size_t index) noexcept {
    return slots_[(head_ + index) & (slots_.size() - 1)];
  }

  void push(T value) {
    if (size_ == slots_.size()) grow();
    (*this)[size_] = std::move(value);
    ++size_;
  }
  void pop() {
    slots_[head_] = T{};
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
    // What one backlog took is not held for good.
    if (size_ == 0 && slots_.size() > kKept) clear();
  }
  void clear() {
    std::vector<T>().swap(slots_);
    head_ = 0;
    size_ = 0;
  }

 private:
  static constexpr std::size_t kKept = 1024;  // slots of an empty queue

  void grow() {
    constexpr std::size_t kFirst = 8;  // a power of two, as all sizes
    std::vector<T> larger(slots_.empty() ? kFirst : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace webpubsub::net
