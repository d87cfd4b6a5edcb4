#include "net/byte_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace webpubsub::net {

namespace {
constexpr std::size_t kFirstCapacity = 512;
constexpr std::size_t kKeptCapacity = 128 * 1024;  // what an idle connection may hold on to
}  // namespace

unsigned char* ByteQueue::append(std::size_t count) {
  if (capacity_ - tail_ < count) make_room(count);
  unsigned char* room = bytes_.get() + tail_;
  tail_ += count;
  return room;
}

void ByteQueue::make_room(std::size_t count) {
  const std::size_t used = size();
  // Moving is worth it only when as much was consumed as has to move: then each byte moves once.
  if (head_ >= used && capacity_ - used >= count && bytes_) {
    if (used > 0) std::memmove(bytes_.get(), data(), used);
  } else {
    const std::size_t capacity = std::max({kFirstCapacity, capacity_ * 2, used + count});
    std::unique_ptr<unsigned char[]> grown(new unsigned char[capacity]);  // not zeroed
    if (used > 0) std::memcpy(grown.get(), data(), used);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  head_ = 0;
  tail_ = used;
}

void ByteQueue::consume(std::size_t count) noexcept {
  head_ += count;
  if (head_ != tail_) return;
  head_ = tail_ = 0;
  if (capacity_ > kKeptCapacity) {
    bytes_.reset();
    capacity_ = 0;
  }
}

}  // namespace webpubsub::net
