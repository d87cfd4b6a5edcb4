#include "net/http_parser.h"

#include <algorithm>
#include <charconv>

namespace webpubsub::net {

namespace {

constexpr std::size_t kMaxHeaders = 128;
constexpr std::size_t kMaxChunkLine = 256;
constexpr std::size_t kMaxTrailers = 8 * 1024;
constexpr std::size_t kMaxMethod = 32;

constexpr int kBadRequest = 400;
constexpr int kTooLarge = 413;
constexpr int kExpectationFailed = 417;
constexpr int kHeadTooLarge = 431;
constexpr int kNotImplemented = 501;
constexpr int kVersionNotSupported = 505;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// RFC 9110, section 5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// A char has a sign here, and none there.
bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

std::string_view view_of(ByteQueue& input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_token(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(','), value.size());
    if (same(trim(value.substr(0, end)), token)) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

void RequestParser::reset() { *this = RequestParser(max_body_, max_head_); }

RequestParser::State RequestParser::fail(int status) {
  status_ = status;
  keep_alive_ = false;
  return state_ = State::Failed;
}

RequestParser::State RequestParser::parse(ByteQueue& input) {
  if (state_ == State::Head) parse_head(input);
  if (state_ == State::Body) parse_body(input);
  return state_;
}

RequestParser::State RequestParser::parse_head(ByteQueue& input) {
  // An empty line in front of a request is to be ignored (RFC 9112, section 2.2).
  while (input.size() >= 2 && view_of(input).substr(0, 2) == "\r\n") input.consume(2);
  const std::string_view text = view_of(input);
  const std::size_t end = text.find("\r\n\r\n", scanned_);
  // Not HTTP at all, such as TLS: its end would be waited for in vain.
  if (!text.empty() && text.front() != '\r' && !is_token(text.substr(0, 1))) {
    return fail(kBadRequest);
  }
  if (end == std::string_view::npos) {
    scanned_ = text.size() < 3 ? 0 : text.size() - 3;
    return text.size() > max_head_ ? fail(kHeadTooLarge) : state_;
  }
  if (end > max_head_) return fail(kHeadTooLarge);

  std::string_view head = text.substr(0, end + 2);
  const auto next_line = [&head] {
    const std::size_t line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    head.remove_prefix(line_end + 2);
    return line;
  };
  if (!parse_request_line(next_line())) return state_;
  while (!head.empty()) {
    if (request_.headers.size() >= kMaxHeaders) return fail(kHeadTooLarge);
    if (!parse_header_line(next_line())) return state_;
  }
  if (!check_head()) return state_;
  input.consume(end + 4);
  return state_ = has_length_ || chunked_ ? State::Body : State::Complete;
}

bool RequestParser::parse_request_line(std::string_view line) {
  const auto refuse = [this](int status) {
    fail(status);
    return false;
  };
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(kBadRequest);
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || method.size() > kMaxMethod) return refuse(kBadRequest);
  if (version.size() != 8 || !version.starts_with("HTTP/")) return refuse(kBadRequest);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refuse(kVersionNotSupported);
  http_1_1_ = version == "HTTP/1.1";
  keep_alive_ = http_1_1_;
  request_.method = method;
  return parse_target(line.substr(first + 1, last - first - 1));
}

// Origin form, absolute form or "*" (RFC 9112, section 3.2); CONNECT's is not for us.
bool RequestParser::parse_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    break;
  }
  const bool is_star = target == "*" && request_.method == "OPTIONS";
  const bool is_path = !target.empty() && (target.front() == '/' || target.front() == '?');
  const bool has_space = std::any_of(target.begin(), target.end(),
                                     [](char c) { return c == ' ' || c == '\t' || is_control(c); });
  if ((!is_star && !is_path && !target.empty()) || has_space) {
    fail(kBadRequest);
    return false;
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.path = question == 0 ? std::string_view("/") : target.substr(0, question);
  request_.query = target.substr(std::min(question + 1, target.size()));
  return true;
}

bool RequestParser::parse_header_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, std::min(colon, line.size()));
  // A space before the colon or at the line's start has been used to smuggle requests.
  if (colon == std::string_view::npos || !is_token(name)) {
    fail(kBadRequest);
    return false;
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), is_control)) {
    fail(kBadRequest);
    return false;
  }
  if (same(name, "content-length") && !read_content_length(value)) return false;
  if (same(name, "transfer-encoding")) {
    if (chunked_ || !same(value, "chunked")) {
      fail(kNotImplemented);
      return false;
    }
    chunked_ = true;
  }
  if (same(name, "connection")) {
    if (has_token(value, "close")) keep_alive_ = false;
    if (!http_1_1_ && has_token(value, "keep-alive")) keep_alive_ = true;
  }
  if (same(name, "host")) ++hosts_;
  if (same(name, "expect")) {
    if (!same(value, "100-continue")) {
      fail(kExpectationFailed);
      return false;
    }
    expects_continue_ = http_1_1_;
  }
  request_.headers.emplace_back(name, value);
  return true;
}

bool RequestParser::read_content_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool is_number = !value.empty() && end == value.data() + value.size();
  if (!is_number || (error != std::errc{} && error != std::errc::result_out_of_range) ||
      (has_length_ && length != remaining_)) {
    fail(kBadRequest);
    return false;
  }
  if (error == std::errc::result_out_of_range || length > max_body_) {
    fail(kTooLarge);
    return false;
  }
  has_length_ = true;
  remaining_ = static_cast<std::size_t>(length);
  return true;
}

bool RequestParser::check_head() {
  // Both lengths at once is the classic way to smuggle (RFC 9112, section 6.1).
  const bool two_lengths = has_length_ && chunked_;
  const bool wrong_host = hosts_ > 1 || (http_1_1_ && hosts_ == 0);
  if (two_lengths || wrong_host || (chunked_ && !http_1_1_)) {
    fail(kBadRequest);
    return false;
  }
  return true;
}

RequestParser::State RequestParser::parse_body(ByteQueue& input) {
  if (chunked_) return parse_chunks(input);
  const std::size_t count = std::min(remaining_, input.size());
  if (request_.body.empty()) request_.body.reserve(std::min(remaining_, std::size_t{64 * 1024}));
  request_.body.append(view_of(input).substr(0, count));
  input.consume(count);
  remaining_ -= count;
  return remaining_ == 0 ? state_ = State::Complete : state_;
}

// RFC 9112, section 7.1. Trailers are read over.
RequestParser::State RequestParser::parse_chunks(ByteQueue& input) {
  while (state_ == State::Body) {
    const std::string_view text = view_of(input);
    if (chunk_ == Chunk::Data) {
      const std::size_t count = std::min(remaining_, text.size());
      request_.body.append(text.substr(0, count));
      input.consume(count);
      remaining_ -= count;
      if (remaining_ > 0) return state_;
      chunk_ = Chunk::DataEnd;
      continue;
    }
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) {
      return text.size() > kMaxChunkLine + kMaxTrailers ? fail(kBadRequest) : state_;
    }
    const std::string_view line = text.substr(0, end);
    if (chunk_ == Chunk::DataEnd) {
      if (!line.empty()) return fail(kBadRequest);
      chunk_ = Chunk::Size;
    } else if (chunk_ == Chunk::Size) {
      parse_chunk_size(line);
    } else {
      trailer_bytes_ += line.size() + 2;
      if (trailer_bytes_ > kMaxTrailers) return fail(kHeadTooLarge);
      if (line.empty()) state_ = State::Complete;
    }
    input.consume(end + 2);
  }
  return state_;
}

RequestParser::State RequestParser::parse_chunk_size(std::string_view line) {
  if (line.size() > kMaxChunkLine) return fail(kBadRequest);
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || error == std::errc::invalid_argument ||
      end != digits.data() + digits.size()) {
    return fail(kBadRequest);
  }
  if (error != std::errc{} || size > max_body_ - request_.body.size()) return fail(kTooLarge);
  remaining_ = static_cast<std::size_t>(size);
  chunk_ = size == 0 ? Chunk::Trailer : Chunk::Data;
  return state_;
}

}  // namespace webpubsub::net
