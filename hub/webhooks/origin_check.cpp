#include "hub/webhooks/origin_check.h"

#include <algorithm>
#include <utility>

#include "hub/text.h"

namespace webpubsub::hub {

namespace {

constexpr int kOk = 200;
constexpr int kRedirect = 300;
constexpr int kNotFound = 404;

}  // namespace

bool allows_origin(const net::HttpResponse& answer, std::string_view origin) {
  if (answer.status < kOk || answer.status >= kRedirect) return false;
  return std::any_of(answer.headers.begin(), answer.headers.end(), [origin](const auto& header) {
    if (!equals_ignoring_case(header.first, "webhook-allowed-origin")) return false;
    const std::string_view value = header.second;
    if (value == "*" || equals_ignoring_case(value, origin)) return true;
    return value.size() > origin.size() && value[origin.size()] == ':' &&
           equals_ignoring_case(value.substr(0, origin.size()), origin) &&
           value.find_first_not_of("0123456789", origin.size() + 1) == std::string_view::npos;
  });
}

OriginCheck::OriginCheck(net::EventLoop& loop, const HubOptions& options, std::string url,
                         std::string origin)
    : loop_(loop),
      options_(options),
      url_(std::move(url)),
      origin_(std::move(origin)),
      retry_wait_(options.webhook_limits.validation_retry) {}

void OriginCheck::ask(Then then) {
  const bool is_due = steady_now() >= valid_until_ && !call_;
  if (state_ == State::Allowed) {
    if (is_due) start("OPTIONS");  // nobody waits for it
    return then({});
  }
  if (state_ == State::Refused && !is_due && !call_) return then(Result<void>(last_));
  waiting_.push_back(std::move(then));
  if (is_due) start("OPTIONS");
}

void OriginCheck::start(const std::string& method) {
  call_ = net::start_http_request(
      loop_,
      {.method = method,
       .url = url_,
       .headers = {{"WebHook-Request-Origin", origin_}, {"ce-awpsversion", "1.0"}},
       .tls = options_.webhook_tls,
       .timeout = options_.webhook_limits.validation_timeout},
      [this, method](const Result<net::HttpResponse>& answer) { on_answer(method, answer); });
}

void OriginCheck::on_answer(const std::string& method, const Result<net::HttpResponse>& answer) {
  if (!answer) return settle(answer.error());
  // Some servers know no OPTIONS.
  if (answer->status == kNotFound && method == "OPTIONS") return start("GET");
  if (allows_origin(*answer, origin_)) return settle({});
  settle(Error{Errc::Unauthorized, "it does not grant WebHook-Allowed-Origin to " + origin_,
               answer->status});
}

void OriginCheck::settle(const Result<void>& outcome) {
  call_.reset();
  state_ = outcome ? State::Allowed : State::Refused;
  if (outcome) {
    valid_until_ = steady_now() + options_.webhook_limits.validation_lifetime;
    retry_wait_ = options_.webhook_limits.validation_retry;
  } else {
    valid_until_ = steady_now() + retry_wait_;
    retry_wait_ = std::min(2 * retry_wait_, options_.webhook_limits.max_validation_retry);
  }
  last_ = outcome;
  // One of them may be the end of us: nobody waits any more.
  const auto waiting = std::exchange(waiting_, {});
  for (const Then& then : waiting) then(outcome);
}

}  // namespace webpubsub::hub
