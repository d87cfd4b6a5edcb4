// Which events go to which web server. Source: reference, section 8.1.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace webpubsub::hub {

struct WebhookSettings {
  std::string hub{};                       // compared without regard to case; empty: every hub
  std::string url_template{};              // with {hub} and {event} where wanted, not in the host
  std::vector<std::string> user_events{};  // names without regard to case; "*" is all of them
  bool connect = false;                    // the system events it is told of
  bool connected = false;
  bool disconnected = false;

  /// Reads "[HUB=]URL[;user=NAMES][;system=NAMES]", NAMES separated by commas. Without a "user="
  /// all user events are meant, without a "system=" no system event.
  /// Errors: InvalidArgument, without the URL's query in the text.
  static Result<WebhookSettings> parse(std::string_view text);
  /// Errors: InvalidArgument as above, for settings that come another way.
  Result<void> check() const;

  bool is_for(std::string_view canonical_hub) const;
  bool wants_user_event(std::string_view name) const;
  /// The URL for one event, both names escaped.
  std::string url(std::string_view hub, std::string_view event) const;
};

/// How webhooks are called. The defaults are the service's.
struct WebhookLimits {
  std::chrono::milliseconds timeout{100'000};  // of one event, repeats and all
  /// Waits before the repeats of an event that was answered 408 or 5xx, or not at all.
  std::vector<std::chrono::milliseconds> retry_waits{
      std::chrono::seconds(1), std::chrono::seconds(3), std::chrono::seconds(5)};
  std::chrono::milliseconds validation_timeout{10'000};
  std::chrono::milliseconds validation_lifetime{60'000};   // then it is asked for again
  std::chrono::milliseconds validation_retry{1'000};       // after a failure; doubles
  std::chrono::milliseconds max_validation_retry{60'000};  // up to this
  std::size_t max_in_flight = 64;                          // events of one handler at a time
  std::size_t max_queued = 1000;                           // more wait; what comes then fails
  std::size_t max_queued_bytes = 16 * 1024 * 1024;
  std::size_t max_answer_bytes = 16 * 1024 * 1024;
};

}  // namespace webpubsub::hub
