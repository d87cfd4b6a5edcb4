// The door through which libwebsockets calls us: one callback for every protocol of every vhost,
// which hands each event to the object the connection belongs to.

#pragma once

#include <cstddef>
#include <memory>

#include <libwebsockets.h>

namespace webpubsub::net {

/// What stands behind a connection (lws calls it a wsi). It is found through the wsi's opaque
/// pointer, and must have let go of it with drop_connection() before it goes.
class LwsHandler {
 public:
  /// What lws' own callback would get and return: -1 ends the connection.
  virtual int on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) = 0;
  /// Chain or name did not verify; the connection's error event follows.
  virtual void on_certificate_refused(const char* why) { static_cast<void>(why); }

 protected:
  ~LwsHandler() = default;
};

/// The protocol list of every vhost: one entry, our name for it and the callback.
inline constexpr char kProtocolName[] = "webpubsub";
const lws_protocols* protocols() noexcept;

/// Ends a connection without a further callback. From inside one of its own callbacks too: lws
/// closes it when that returns, or on the next lap.
void drop_connection(lws* wsi) noexcept;

/// Ends a connection as -1 from one of its callbacks would: its handler hears of it. For a write
/// that failed outside of them.
void break_connection(lws* wsi) noexcept;

/// Hands a live connection over to another handler.
void set_handler(lws* wsi, LwsHandler* handler) noexcept;

/// How an object learns that a callback it made destroyed it.
class Lifetime {
 public:
  Lifetime() = default;
  ~Lifetime() {
    for (Guard* guard = guard_; guard != nullptr; guard = guard->outer_) guard->gone_ = true;
  }
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  class Guard {
   public:
    explicit Guard(Lifetime& lifetime) : lifetime_(lifetime), outer_(lifetime.guard_) {
      lifetime.guard_ = this;
    }
    ~Guard() {
      if (!gone_) lifetime_.guard_ = outer_;
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    bool gone() const noexcept { return gone_; }

   private:
    friend class Lifetime;
    Lifetime& lifetime_;
    Guard* outer_;
    mutable bool gone_ = false;  // guards are const
  };

  /// For work put off to a later lap: expired once the object is gone.
  std::weak_ptr<void> token() {
    if (!token_) token_ = std::make_shared<char>();
    return token_;
  }

 private:
  Guard* guard_ = nullptr;
  std::shared_ptr<void> token_;
};

}  // namespace webpubsub::net
