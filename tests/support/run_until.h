// Drives an event loop until what a test waits for is there, or its patience ends.

#pragma once

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "net/event_loop.h"

namespace gateway::support {

inline bool run_until(webpubsub::net::EventLoop& loop, const std::function<bool()>& done,
                      std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto deadline = webpubsub::steady_now() + patience;
  while (!done()) {
    if (webpubsub::steady_now() >= deadline) return false;
    loop.run_once(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace gateway::support
