#include "webpubsub/entra/token_exchange.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <rapidjson/document.h>

#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

constexpr std::size_t kMaxShown = 500;
constexpr std::int64_t kLongestLife = 365LL * 24 * 3600;
constexpr int kOk = 200;
constexpr int kServerError = 500;

/// A member that is a text, or a number as its digits.
std::string member(const rapidjson::Document& document, const char* name) {
  if (!document.IsObject() || !document.HasMember(name) || !document[name].IsString()) return {};
  return {document[name].GetString(), document[name].GetStringLength()};
}

rapidjson::Document parse(std::string_view body) {
  rapidjson::Document document;
  if (is_valid_json(body)) {
    document.Parse<rapidjson::kParseNumbersAsStringsFlag>(body.data(), body.size());
  }
  return document;
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0) return std::nullopt;
  return number;
}

}  // namespace

Result<AccessToken> parse_token_answer(std::string_view body, WallTime now) {
  const rapidjson::Document document = parse(body);
  AccessToken answer{.token = Secret(member(document, "access_token")), .expires = now};
  const auto seconds_left = whole_number(member(document, "expires_in"));
  const auto expires_on = whole_number(member(document, "expires_on"));
  if (answer.token.empty() || (!seconds_left && !expires_on)) {
    return Error{Errc::Protocol, "the answer carries no access_token with expires_in"};
  }
  if (seconds_left) {
    answer.expires = now + std::chrono::seconds(std::min(*seconds_left, kLongestLife));
  } else {
    const std::int64_t latest = unix_milliseconds(now) / 1000 + kLongestLife;
    answer.expires = WallTime(std::chrono::seconds(std::min(*expires_on, latest)));
  }
  return answer;
}

Error error_of_token_answer(const net::HttpResponse& answer, std::string_view who) {
  const rapidjson::Document document = parse(answer.body);
  std::string text =
      std::string(who) + " refused a token with status " + std::to_string(answer.status);
  if (const std::string code = member(document, "error"); !code.empty()) {
    text += ": " + code.substr(0, kMaxShown);
  }
  if (const std::string why = member(document, "error_description"); !why.empty()) {
    text += ": " + why.substr(0, kMaxShown);
  }
  constexpr int kTooMany = 429;
  const bool is_busy = answer.status >= kServerError || answer.status == kTooMany;
  return {is_busy ? Errc::Unavailable : Errc::Unauthorized, std::move(text), answer.status};
}

std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (!form.empty()) form += '&';
    form += name;
    form += '=';
    form += net::percent_encode(value);
  }
  return form;
}

void TokenExchange::start(net::HttpClientRequest request, TokenSource::Done done) {
  start_raw(std::move(request),
            [who = who_, done = std::move(done)](const Result<net::HttpResponse>& answer) {
              if (!answer) return done(answer.error());
              if (answer->status != kOk) return done(error_of_token_answer(*answer, who));
              done(parse_token_answer(answer->body, wall_now()));
            });
}

void TokenExchange::start_raw(net::HttpClientRequest request,
                              std::function<void(Result<net::HttpResponse>)> done) {
  call_ = net::start_http_request(loop_, std::move(request), std::move(done));
}

}  // namespace webpubsub
