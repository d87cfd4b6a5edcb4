// Readings that an operator watches: who waits for the next of them, and when nobody does any more.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bridge/uplink/uplink.h"
#include "daemon/control/protocol.h"
#include "net/event_loop.h"

namespace gateway {

/// The loop's thread.
class TraceRequests {
 public:
  static constexpr std::chrono::seconds kUnasked{5};  // then the trace ends
  static constexpr std::chrono::seconds kWait{2};     // for readings; then the answer is empty
  using Done = std::function<void(webpubsub::Result<std::string> data)>;

  /// `excerpt`: what may be shown of a payload. `uplink` must outlive it.
  TraceRequests(webpubsub::net::EventLoop& loop, Uplink& uplink, ReadingTrace::Excerpt excerpt);

  /// Answers once, now or later, with the data of a reply (docs/formats/control.md); never after
  /// this is gone. Errors: NotFound for a rule that nobody knows; Unavailable when the readings of
  /// another one are watched by now.
  void ask(const TraceRequest& request, Done done);

 private:
  struct Waiting {
    TraceRequest request{};
    webpubsub::TimePoint until{};
    Done done{};
  };
  void look();
  std::string data_for(const TraceRequest& request);

  Uplink& uplink_;
  const ReadingTrace::Excerpt excerpt_;
  webpubsub::net::Timer timer_;
  std::string rule_{};  // that is traced
  bool payloads_ = false;
  std::vector<Waiting> waiting_{};
  webpubsub::TimePoint asked_{};
};

}  // namespace gateway
