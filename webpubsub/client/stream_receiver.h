// Takes the streams of groups apart: one object for each group and stream. Knows no clock and no
// socket.
//
// Numbers within a stream go up by one. One that is missing ends the stream for its reader, as it
// can no longer be whole, and the rest is passed over; so does a repeated one, which cannot come
// from the same publisher, as a recovered connection's repeats are sorted out before. A number 1
// begins anew. A recovered connection goes on with its streams; a new one has missed something, so
// the streams of the old one end with it. Source: client specification, 3.6.5.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "webpubsub/client/inbound_stream.h"

namespace webpubsub {

struct StreamReceiverOptions {
  std::vector<std::string> groups{};  // empty: streams of every group
  bool from_start = false;            // a stream whose beginning was missed is passed over
  std::chrono::milliseconds idle_timeout{300'000};  // of silence ends one; 0: never
  std::size_t max_streams = 100;                    // at a time; more are passed over
  InboundStreamLimits limits{};                     // of each
};

struct StreamReceiverCounters {
  std::uint64_t begun = 0;
  std::uint64_t completed = 0;    // whole, as far as they were followed
  std::uint64_t failed = 0;       // ended with an error
  std::uint64_t passed_over = 0;  // messages that belong to no stream that is followed
};

/// Told of a stream before its first piece.
using StreamHandler = std::function<void(const std::shared_ptr<InboundStream>&)>;

class StreamReceiver {
 public:
  StreamReceiver(StreamReceiverOptions options, StreamHandler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {}

  std::size_t active() const { return active_.size(); }
  const StreamReceiverCounters& counters() const { return counters_; }

  // For the client. The caller keeps the receiver alive: the handler may let go of it.
  void receive(const GroupMessage& message, TimePoint now);
  void expire(TimePoint now);
  std::optional<TimePoint> deadline() const;
  void end_all(const StreamError& why);

 private:
  using Key = std::pair<std::string, std::string>;  // group, stream id
  struct Active {
    std::shared_ptr<InboundStream> stream{};
    std::optional<TimePoint> idle_at{};
  };

  bool is_wanted(const std::string& group) const;
  std::shared_ptr<InboundStream> begin(const Key& key, const StreamInfo& info);
  void fail(const Key& key, StreamError why);
  void pass_over(const Key& key, bool is_end);
  void give_up_on(const Key& key);
  bool is_passed_over(const Key& key) const;

  StreamReceiverOptions options_;
  StreamHandler handler_;
  StreamReceiverCounters counters_{};
  std::map<Key, Active> active_{};
  std::deque<Key> passed_over_{};  // oldest first
};

}  // namespace webpubsub
