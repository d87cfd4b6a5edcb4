// A first-in first-out run of bytes that keeps its memory: what a connection has yet to send.

#pragma once

#include <cstddef>
#include <memory>

namespace webpubsub::net {

class ByteQueue {
 public:
  /// Room for `count` bytes at the end, to be filled by the caller. Pointers into the queue are
  /// good until the next append().
  unsigned char* append(std::size_t count);
  unsigned char* data() noexcept { return bytes_.get() + head_; }
  std::size_t size() const noexcept { return tail_ - head_; }
  bool empty() const noexcept { return head_ == tail_; }
  void consume(std::size_t count) noexcept;
  void clear() noexcept { consume(size()); }

 private:
  void make_room(std::size_t count);

  std::unique_ptr<unsigned char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace webpubsub::net
