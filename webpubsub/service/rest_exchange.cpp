#include "webpubsub/service/rest_exchange.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <rapidjson/document.h>

#include "base/clock.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/service/service_client.h"

namespace webpubsub {

namespace {

constexpr auto kTokenLifetime = std::chrono::minutes(5);
constexpr std::size_t kMaxShown = 500;  // of a text the service sent, in an error
constexpr std::size_t kMaxAnswer = 1024 * 1024;
constexpr std::size_t kMaxTarget = 2000;  // path and query, of a request line of 2048 bytes

constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kTooLarge = 413;
constexpr int kTooMany = 429;
constexpr int kServerError = 500;
constexpr int kUnavailable = 503;

Errc errc_of(int status) {
  if (status >= kServerError) return Errc::Unavailable;
  switch (status) {
    case kBadRequest:
      return Errc::InvalidArgument;
    case kUnauthorized:
    case kForbidden:
      return Errc::Unauthorized;
    case kNotFound:
      return Errc::NotFound;
    case kConflict:
    case kTooLarge:
    case kTooMany:
      return Errc::ResourceExhausted;
    default:
      return Errc::Protocol;
  }
}

std::string text_member(const rapidjson::Document& document, const char* name) {
  if (!document.IsObject() || !document.HasMember(name) || !document[name].IsString()) return {};
  const auto& text = document[name];
  return std::string(text.GetString(), std::min<std::size_t>(text.GetStringLength(), kMaxShown));
}

}  // namespace

std::optional<Error> error_of_answer(const net::HttpResponse& answer, bool answers_by_absence) {
  const int status = answer.status;
  constexpr int kFirstSuccess = 200;
  constexpr int kFirstRedirect = 300;
  if (status >= kFirstSuccess && status < kFirstRedirect) return std::nullopt;
  if (status == kNotFound && answers_by_absence) return std::nullopt;
  std::string code(net::find_header(answer.headers, "x-ms-error-code").value_or(""));
  std::string message;
  if (is_valid_json(answer.body)) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseNumbersAsStringsFlag>(answer.body.data(), answer.body.size());
    if (code.empty()) code = text_member(document, "code");
    message = text_member(document, "message");
  }
  std::string text = code.empty() ? "the service answered with status " + std::to_string(status)
                                  : code.substr(0, kMaxShown);
  if (!message.empty()) text += ": " + message;
  return Error{errc_of(status), std::move(text), status};
}

std::optional<std::chrono::seconds> retry_after(const net::HttpResponse& answer) {
  constexpr long kLongest = 24L * 3600;
  const auto text = net::find_header(answer.headers, "retry-after");
  if (!text) return std::nullopt;
  long seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc{} || end != text->data() + text->size() || seconds < 0) return {};
  return std::chrono::seconds(std::min(seconds, kLongest));
}

RestExchange::RestExchange(net::EventLoop& loop, const ServiceClientOptions& options,
                           RestRequest request, Done done)
    : loop_(loop),
      options_(options),
      request_(std::move(request)),
      done_(std::move(done)),
      retries_left_(options.max_retries),
      waits_(options.retry_wait),
      pause_(loop, [this] { attempt(); }) {
  attempt();
}

void RestExchange::attempt() {
  if (!request_.needs_token) return send({});
  if (!options_.token_source) return send(signed_token());
  // Never from within the call that started us: `done` comes on a later lap.
  loop_.defer([this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    options_.token_source->access_token([this, alive](Result<AccessToken> token) {
      if (alive.expired()) return;
      if (token) {
        send(token->token);
      } else {
        on_answer(token.error());
      }
    });
  });
}

// Made out to the documented audience, the URL without its query (reference, section 2.4).
Secret RestExchange::signed_token() const {
  TokenClaims claims;
  claims.audience = options_.connection_string.endpoint + request_.path.path();
  claims.issued = wall_now();
  claims.expires = claims.issued + kTokenLifetime;
  return Secret(sign_token(claims, options_.connection_string.access_key));
}

/// What the HTTP client can carry; said in words of this interface.
bool RestExchange::is_too_long() {
  const std::size_t size = request_.path.path().size() + 1 + request_.path.query().size();
  if (size <= kMaxTarget) return false;
  loop_.defer([this, size, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    retries_left_ = 0;
    on_answer(Error{Errc::InvalidArgument,
                    "names, filter and excluded connections have " + std::to_string(size) +
                        " bytes in the URL; 2000 is the most",
                    0});
  });
  return true;
}

void RestExchange::send(const Secret& bearer) {
  if (is_too_long()) return;
  const std::string& host = options_.reverse_proxy_endpoint.empty()
                                ? options_.connection_string.endpoint
                                : options_.reverse_proxy_endpoint;
  net::HttpClientRequest http{.method = request_.method,
                              .url = host + request_.path.path() + "?" + request_.path.query(),
                              .body = request_.body,
                              .tls = options_.tls,
                              .proxy = options_.proxy,
                              .timeout = options_.timeout,
                              .max_response_body = kMaxAnswer};
  if (!request_.content_type.empty()) {
    http.headers.emplace_back("Content-Type", request_.content_type);
  }
  if (!bearer.empty()) {
    http.headers.emplace_back("Authorization", "Bearer " + std::string(bearer.reveal()));
  }
  call_ = net::start_http_request(loop_, std::move(http), [this](Result<net::HttpResponse> answer) {
    on_answer(std::move(answer));
  });
}

void RestExchange::on_answer(Result<net::HttpResponse> answer) {
  if (retries_left_ > 0) {
    if (const auto wait = wait_after(answer)) {
      --retries_left_;
      pause_.start_after(*wait);
      return;
    }
  }
  const Done done = std::move(done_);
  if (answer) {
    if (auto error = error_of_answer(*answer, request_.answers_by_absence)) {
      done(*std::move(error));
      return;
    }
  }
  done(std::move(answer));
}

std::optional<std::chrono::milliseconds> RestExchange::wait_after(
    const Result<net::HttpResponse>& answer) {
  if (!answer) {
    if (!is_transient(answer.error().code) || !request_.may_repeat) return std::nullopt;
    return waits_.next();
  }
  const bool was_refused = answer->status == kTooMany || answer->status == kUnavailable;
  const bool failed = answer->status >= kServerError && request_.may_repeat;
  if (!was_refused && !failed) return std::nullopt;
  const auto asked = retry_after(*answer);
  if (!asked) return waits_.next();
  // Longer than we would wait ourselves: the caller shall know rather than hang.
  if (*asked > options_.retry_wait.cap) return std::nullopt;
  return *asked;
}

}  // namespace webpubsub
