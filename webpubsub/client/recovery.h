// How a lost connection is asked for again: internal to client/. Knows no clock and no socket.
//
// The service keeps a connection of a reliable subprotocol for 30 s after its socket was lost.
// Source: client specification, 1.4 and 3.2.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/websocket.h"

namespace webpubsub {

/// What it takes to ask for a connection again, and for how long.
class Recovery {
 public:
  /// A connection is there, opened by `url`.
  void learn(const Secret& url, std::string_view connection_id, std::string_view token);
  void forget() { *this = {}; }

  bool is_possible() const { return !token_.empty(); }
  /// The URL of the connection with its id and token added. Reverse proxies may need the rest.
  Secret url() const;

  /// The socket was lost because of `why`. Unless it was `stable`, the tries do not start over, or
  /// a peer that accepts and drops us at once would be hammered.
  void begin(const Error& why, TimePoint now, std::chrono::milliseconds window, bool stable);
  /// Whether a few in a row began without progress() between them: what is sent again may be what
  /// ends the socket, and another one is not worth it.
  bool is_fruitless() const noexcept { return fruitless_ >= kMostFruitless; }
  /// The service has acknowledged something, or told us something new.
  void progress() noexcept { fruitless_ = 0; }
  const Error& why() const { return why_; }
  TimePoint deadline() const { return deadline_; }

  /// When to try next; nothing when the window is over by then. The first tries follow quickly:
  /// most losses are short.
  std::optional<TimePoint> next_attempt(TimePoint now);

 private:
  static constexpr unsigned kMostFruitless = 3;

  Secret url_{};
  std::string connection_id_{};
  Secret token_{};
  Error why_{};
  TimePoint deadline_{};
  unsigned attempts_ = 0;
  unsigned fruitless_ = 0;  // that began since progress()
};

/// Whether the service has said, by how the socket or the attempt at one ended, that the connection
/// is gone for good.
bool is_beyond_recovery(const net::CloseInfo& info);

}  // namespace webpubsub
