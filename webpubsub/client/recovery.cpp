#include "webpubsub/client/recovery.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "net/http.h"

namespace webpubsub {

void Recovery::learn(const Secret& url, std::string_view connection_id, std::string_view token) {
  url_ = url;
  connection_id_ = connection_id;
  token_ = Secret(std::string(token));
}

Secret Recovery::url() const {
  std::string url(url_.reveal());
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "awps_connection_id=" + net::percent_encode(connection_id_);
  url += "&awps_reconnection_token=" + net::percent_encode(token_.reveal());
  return Secret(std::move(url));
}

void Recovery::begin(const Error& why, TimePoint now, std::chrono::milliseconds window,
                     bool stable) {
  why_ = why;
  deadline_ = now + window;
  if (stable) attempts_ = 0;
  ++fruitless_;
}

std::optional<TimePoint> Recovery::next_attempt(TimePoint now) {
  // Jitter, since a restarting service drops everybody in the same instant.
  constexpr std::array<std::uint64_t, 4> kWaits = {0, 200, 500, 1000};
  const std::uint64_t wait = kWaits[std::min<std::size_t>(attempts_++, kWaits.size() - 1)];
  const TimePoint at = now + std::chrono::milliseconds(wait / 2 + random_below(wait / 2 + 1));
  if (at >= deadline_) return std::nullopt;
  return at;
}

bool is_beyond_recovery(const net::CloseInfo& info) {
  if (info.was_open) return info.code == net::close_code::kPolicyViolation;
  constexpr int kRequestTimeout = 408;
  constexpr int kTooManyRequests = 429;
  const int status = info.error ? info.error->service_code : 0;
  return status >= 400 && status < 500 && status != kRequestTimeout && status != kTooManyRequests;
}

}  // namespace webpubsub
