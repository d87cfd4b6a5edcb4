// One accepted connection as bytes, in the clear or under TLS.

#pragma once

#include <cstddef>
#include <memory>

#include "net/event_loop.h"

struct lws_vhost;

namespace webpubsub::net {

/// What stands behind a stream. May destroy the stream in any of these.
class StreamHandler {
 public:
  virtual void on_bytes(unsigned char* bytes, std::size_t count) = 0;
  /// There is room, as want_room() asked. False ends the connection: on_lost() follows.
  virtual bool on_room() = 0;
  /// The connection is gone, and the stream of no use.
  virtual void on_lost() = 0;

 protected:
  ~StreamHandler() = default;
};

/// Destroying it closes the connection, without a callback.
class Stream {
 public:
  virtual ~Stream() = default;

  void set_handler(StreamHandler& handler) { handler_ = &handler; }

  /// Takes everything; what the system does not take waits inside, see is_congested(). False: the
  /// connection is broken.
  [[nodiscard]] virtual bool write(unsigned char* bytes, std::size_t count) = 0;
  /// Whether something waits inside: writing more would only pile it up there.
  virtual bool is_congested() const = 0;
  virtual void want_room() = 0;
  virtual void pause_reading(bool paused) = 0;
  /// Tells the peer that nothing more comes.
  virtual void end_writing() = 0;

 protected:
  StreamHandler& handler() { return *handler_; }

 private:
  StreamHandler* handler_ = nullptr;
};

/// Takes `fd` over. Null when there is no room for another connection.
std::unique_ptr<Stream> make_plain_stream(EventLoop& loop, int fd, StreamHandler& handler);
/// The same under TLS, as the server `vhost` has it; libwebsockets does the work.
std::unique_ptr<Stream> make_tls_stream(lws_vhost* vhost, int fd, StreamHandler& handler);

}  // namespace webpubsub::net
