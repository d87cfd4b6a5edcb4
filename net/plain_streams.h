// Connections in the clear, on an epoll of their own.
//
// libwebsockets waits with poll(2), which looks at every descriptor each time it comes round: with
// two thousand idle clients that is nearly half of what a fan-out costs. So these connections
// share one descriptor among those that it looks at.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <sys/epoll.h>

#include "base/result.h"
#include "net/byte_queue.h"
#include "net/event_loop.h"
#include "net/lws_glue.h"
#include "net/stream.h"

namespace webpubsub::net {

class PlainStream;

class PlainStreams {
 public:
  PlainStreams() = default;
  ~PlainStreams() = default;
  PlainStreams(const PlainStreams&) = delete;
  PlainStreams& operator=(const PlainStreams&) = delete;

  /// Errors: Io when the system gives no descriptor.
  Result<void> open(EventLoop& loop);
  bool add(PlainStream& stream);
  void change(PlainStream& stream);
  void remove(PlainStream& stream);

 private:
  void serve();

  int epoll_fd_ = -1;  // owned by watcher_
  std::unique_ptr<FdWatcher> watcher_;
  std::vector<unsigned char> input_;  // what one read takes
  std::array<epoll_event, 256> events_{};
  int ready_ = 0;  // of events_, while they are served
};

class PlainStream final : public Stream {
 public:
  PlainStream(PlainStreams& streams, int fd) : streams_(streams), fd_(fd) {}
  ~PlainStream() override;
  PlainStream(const PlainStream&) = delete;
  PlainStream& operator=(const PlainStream&) = delete;

  bool write(unsigned char* bytes, std::size_t count) override;
  bool is_congested() const override { return !backlog_.empty(); }
  void want_room() override;
  void pause_reading(bool paused) override;
  void end_writing() override;

 private:
  friend class PlainStreams;
  std::uint32_t wanted_events() const noexcept;
  void serve(std::uint32_t ready, std::vector<unsigned char>& input);
  void read(std::vector<unsigned char>& input);
  void make_room();
  void lose();
  void apply();

  PlainStreams& streams_;
  int fd_;
  ByteQueue backlog_;  // what the system did not take
  bool room_wanted_ = false;
  bool paused_ = false;
  bool lost_ = false;
  std::uint32_t applied_ = 0;  // events epoll knows of
  Lifetime lifetime_;
};

}  // namespace webpubsub::net
