// Abuse protection: a web server is asked whether it wants our events before it gets any.
//
// A yes holds for a minute and is then asked for again while events go on; after a no, events fail
// at once until the next question. Source: reference, section 8.2.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace webpubsub::hub {

/// Whether the answer lets `origin` send: "*", or our host in any case, with or without a port.
bool allows_origin(const net::HttpResponse& answer, std::string_view origin);

class OriginCheck {
 public:
  using Then = std::function<void(Result<void>)>;

  /// `url` is that of the event "validate".
  OriginCheck(net::EventLoop& loop, const HubOptions& options, std::string url, std::string origin);

  /// Calls `then` now, or when the answer is there. Errors: Unauthorized when events are not
  /// wanted; otherwise why there was no answer.
  void ask(Then then);
  /// Nobody is asked and nobody waits.
  bool is_idle() const noexcept { return call_ == nullptr; }

 private:
  enum class State : std::uint8_t { Unknown, Allowed, Refused };

  void start(const std::string& method);
  void on_answer(const std::string& method, const Result<net::HttpResponse>& answer);
  void settle(const Result<void>& outcome);

  net::EventLoop& loop_;
  const HubOptions& options_;
  const std::string url_;
  const std::string origin_;
  State state_ = State::Unknown;
  Result<void> last_{};
  TimePoint valid_until_{};
  std::chrono::milliseconds retry_wait_;
  std::vector<Then> waiting_{};
  std::unique_ptr<net::HttpCall> call_{};  // null: nothing is asked
};

}  // namespace webpubsub::hub
