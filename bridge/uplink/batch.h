// What leaves as one message to one group.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bridge/rules/delivery_options.h"
#include "bridge/uplink/event_asker.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

/// The service takes messages of 1 MB; this leaves room for the frame around the payload.
inline constexpr std::size_t kMaxBatchBytes = 1'000'000;

struct Batch {
  std::uint32_t rule = 0;
  Priority priority = Priority::Normal;
  std::string group{};
  webpubsub::DataType type = webpubsub::DataType::Json;
  std::string bytes{};
  std::size_t samples = 0;
  webpubsub::TimePoint opened{};
  webpubsub::TimePoint arrived{};        // of its oldest reading, or a little earlier
  webpubsub::TimePoint sent{};           // the latest time it was offered to the link
  std::uint64_t sequence = 0;            // of its group
  std::vector<std::uint64_t> spooled{};  // rising: the messages on disk that it holds readings of
  std::size_t late_at = 0;  // where "false" stands in the envelope's "late"; 0: no envelope
  // As its rule wanted it when it was opened: the rule may have changed since.
  bool no_echo = true;
  bool acknowledged = false;
  bool streamed = false;  // acknowledged as a piece of a stream
  bool is_event = false;  // for the server's event handlers, by the name in `group`
  std::shared_ptr<const ReplyAddress> reply{};  // of an event; none: nobody waits for an answer

  /// What it takes of the process.
  std::size_t memory() const noexcept {
    return sizeof(Batch) + group.capacity() + bytes.capacity() +
           spooled.capacity() * sizeof(spooled.front());
  }
  /// Says in the envelope that this is not live any more. JSON allows the space that is left over.
  void mark_late() {
    if (late_at > 0) bytes.replace(late_at, 5, "true ");
  }
};

/// Used-up buffers for batches to come, so that a steady flow allocates nothing.
class BufferPool {
 public:
  static constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;  // a hundred rules' batches of a lap

  /// Less than kMaxBytes, where there is less to spend.
  void set_max_bytes(std::size_t bytes) { max_bytes_ = std::min(bytes, kMaxBytes); }

  std::string take() {
    if (spare_.empty()) return {};
    auto buffer = std::move(spare_.back());
    spare_.pop_back();
    bytes_ -= cost(buffer);
    return buffer;
  }

  void give(std::string buffer) {
    if (buffer.capacity() > kMaxCapacity || bytes_ + cost(buffer) > max_bytes_) return;
    bytes_ += cost(buffer);
    buffer.clear();
    spare_.push_back(std::move(buffer));
  }

 private:
  static std::size_t cost(const std::string& buffer) {
    return sizeof(std::string) + buffer.capacity();
  }

  static constexpr std::size_t kMaxCapacity = 32 * 1024;
  std::size_t max_bytes_ = kMaxBytes;
  std::vector<std::string> spare_{};
  std::size_t bytes_ = 0;
};

}  // namespace gateway
