// The streams a client has open to groups: which there are, and what each waits for next.
//
// Knows no socket and no group; the session says and sends what follows. Source: reference, 3.6.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

struct PublisherStream {
  std::string group{};
  bool no_echo = false;
  StringMap metadata{};
  std::chrono::milliseconds idle_timeout{300'000};
  std::uint64_t expected = 1;  // sequence id of what comes next
  TimePoint idle_at{};
};

class PublisherStreams {
 public:
  static constexpr std::size_t kMaxStreams = 100;  // of one connection

  /// False when the id is taken or there are too many.
  [[nodiscard]] bool start(const SendToGroup& frame, TimePoint now) {
    if (streams_.size() >= kMaxStreams || streams_.contains(frame.stream->stream_id)) return false;
    PublisherStream stream{frame.group, frame.no_echo, frame.metadata};
    if (const auto timeout = frame.stream->idle_timeout_ms) {
      stream.idle_timeout = std::chrono::milliseconds(*timeout);
    }
    stream.idle_at = now + stream.idle_timeout;
    streams_.emplace(frame.stream->stream_id, std::move(stream));
    return true;
  }

  /// Null when there is none of that id. Counts as a sign of life.
  PublisherStream* find(const std::string& id, TimePoint now) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return nullptr;
    found->second.idle_at = now + found->second.idle_timeout;
    return &found->second;
  }

  using Ended = std::pair<std::string, PublisherStream>;
  std::optional<Ended> take(const std::string& id) {
    auto node = streams_.extract(id);
    if (node.empty()) return std::nullopt;
    return Ended{std::move(node.key()), std::move(node.mapped())};
  }
  /// One that has been silent for too long.
  std::optional<Ended> take_idle(TimePoint now) {
    for (const auto& [id, stream] : streams_) {
      if (stream.idle_at <= now) return take(std::string(id));
    }
    return std::nullopt;
  }
  std::vector<Ended> take_all() {
    std::vector<Ended> all;
    for (auto& [id, stream] : std::exchange(streams_, {})) all.emplace_back(id, std::move(stream));
    return all;
  }

  /// When take_idle() has something.
  std::optional<TimePoint> deadline() const {
    std::optional<TimePoint> first;
    for (const auto& [id, stream] : streams_) {
      if (!first || stream.idle_at < *first) first = stream.idle_at;
    }
    return first;
  }

 private:
  std::map<std::string, PublisherStream> streams_;
};

}  // namespace webpubsub::hub
