#include "webpubsub/client/errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

namespace webpubsub {
namespace {

/// What a peer says goes into messages, but not at any length.
constexpr std::size_t kMaxQuoted = 200;
constexpr std::uint16_t kTryAgainLater = 1013;

std::string in_quotes(std::string_view words) {
  std::string text;
  for (const char c : words.substr(0, kMaxQuoted)) {
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  // Not in the middle of a character.
  if (words.size() > kMaxQuoted) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.pop_back();
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U) text.pop_back();
    text += "...";
  }
  return text;
}

Error refused_handshake(int status, const std::optional<Error>& error) {
  const auto refused = [status](Errc code, std::string_view what) {
    return Error{code, "HTTP " + std::to_string(status) + ": " + std::string(what), status};
  };
  switch (status) {
    case 400:
      return refused(Errc::InvalidArgument,
                     "the service refused the request; check the hub name and the client access "
                     "URL");
    case 401:
      return refused(Errc::Unauthorized,
                     "the service refused the access token; check the access key, the hub name "
                     "and this machine's clock");
    case 403:
      return refused(Errc::Unauthorized,
                     "the service lets this client not in; check its network access rules and "
                     "the event handler of its connect event");
    case 404:
      return refused(Errc::NotFound,
                     "nothing serves Web PubSub clients there; check the endpoint's host name and "
                     "the hub name");
    case 429:
      return refused(Errc::ResourceExhausted,
                     "the service has no room for another connection; raise its units or close "
                     "others");
    default:
      break;
  }
  if (status >= 500) return refused(Errc::Unavailable, "the service is not available at present");
  return {error ? error->code : Errc::Protocol,
          error ? error->message : "HTTP " + std::to_string(status), status};
}

std::string_view meaning_of(std::uint16_t code) {
  switch (code) {
    case net::close_code::kNormal:
      return "the service closed the connection";
    case net::close_code::kGoingAway:
      return "the service is going away";
    case net::close_code::kUnsupportedData:
    case net::close_code::kInvalidPayload:
      return "the service could not read what we sent";
    case net::close_code::kPolicyViolation:
      return "the service ended the connection for good";
    case net::close_code::kTooLarge:
      return "a message was too large";
    case net::close_code::kInternalError:
      return "the service failed";
    case net::close_code::kAbnormal:
      return "the connection broke";
    default:
      return "the connection was closed";
  }
}

/// Whether somebody says, in words of his own, that it is more than he takes.
bool says_too_much(std::string_view words) {
  constexpr std::array<std::string_view, 9> kWords{
      "throttl",  "quota",   "reaches limit", "limit reached",  "rate limit",
      "too many", "toomany", "overload",      "try again later"};
  std::string small;
  for (const char c : words.substr(0, kMaxQuoted)) {
    small += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

Errc code_of(std::uint16_t code, std::string_view words) {
  if (says_too_much(words)) return Errc::ResourceExhausted;
  switch (code) {
    case net::close_code::kPolicyViolation:
    case kTryAgainLater:
      return Errc::ResourceExhausted;
    case net::close_code::kProtocolError:
    case net::close_code::kUnsupportedData:
    case net::close_code::kInvalidPayload:
    case net::close_code::kTooLarge:
      return Errc::Protocol;
    default:
      return Errc::Unavailable;
  }
}

}  // namespace

Result<void> ack_outcome(const Ack& ack) {
  if (ack.success || ack.error_name == "Duplicate") return {};
  Errc code = Errc::Internal;  // what we do not know is a failure, and not one to repeat blindly
  if (ack.error_name == "Forbidden") code = Errc::Unauthorized;
  if (ack.error_name == "BadRequest") code = Errc::InvalidArgument;
  if (ack.error_name == "NotFound") code = Errc::NotFound;
  if (ack.error_name == "StreamNotFound") code = Errc::NotFound;
  if (ack.error_name == "Timeout" || ack.error_name == "IdleTimeout") code = Errc::Timeout;
  if (ack.error_name == "InternalServerError") code = Errc::Unavailable;
  if (code == Errc::Internal && says_too_much(ack.error_name)) code = Errc::ResourceExhausted;
  std::string message = "the service answered " + in_quotes(ack.error_name);
  if (!ack.error_message.empty()) message += ": " + in_quotes(ack.error_message);
  if (code == Errc::Unauthorized) message += "; the access token lacks the role for it";
  return Error{code, std::move(message), 0};
}

bool asks_for_retry(const Ack& ack) {
  return !ack.success && ack.error_name == "InternalServerError";
}

Error close_error(const net::CloseInfo& info, std::string_view farewell) {
  if (!info.was_open) {
    const int status = info.error ? info.error->service_code : 0;
    if (status >= 300) return refused_handshake(status, info.error);
    if (info.error) return *info.error;
    return {Errc::Unavailable, "the service could not be reached", 0};
  }
  std::string message(meaning_of(info.code));
  const std::string_view words = farewell.empty() ? std::string_view(info.reason) : farewell;
  if (!words.empty()) {
    message += ": " + in_quotes(words);
  } else if (info.error) {
    message += ": " + in_quotes(info.error->message);
  }
  return {code_of(info.code, words), message + " (" + std::to_string(info.code) + ")", info.code};
}

Error ended_first(std::string_view what, const Error& why) {
  const bool by_words =
      why.code == Errc::ResourceExhausted && why.service_code != net::close_code::kPolicyViolation;
  return {Errc::Unavailable, std::string(what) + why.message,
          by_words ? kTryAgainLater : why.service_code};
}

std::optional<std::chrono::milliseconds> retry_after(const net::CloseInfo& info) {
  constexpr std::chrono::seconds kLongest{300};
  if (!info.retry_after) return std::nullopt;
  const std::string& text = *info.retry_after;
  std::uint32_t seconds = 0;  // the other form, a date, would need a clock we can trust
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::min(std::chrono::seconds(seconds), kLongest);
}

}  // namespace webpubsub
