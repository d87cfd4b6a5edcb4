// HTTP/1.1 requests off the wire (RFC 9112), strictly: what two readers could take in two ways is
// refused, so that nothing in front of us can be made to see another request than we do.
//
// libwebsockets' own HTTP server is not used: it undoes percent escapes before anyone can see
// them, never delivers chunked bodies and offers 128 bytes for the list of subprotocols.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/byte_queue.h"
#include "net/http.h"

namespace webpubsub::net {

class RequestParser {
 public:
  enum class State : std::uint8_t {
    Head,      // more bytes of the request line or the headers are needed
    Body,      // the head is known, more bytes of the body are needed
    Complete,  // request() is whole
    Failed,    // status() says how to answer; the connection cannot go on
  };

  static constexpr std::size_t kUsualHead = 32 * 1024;

  explicit RequestParser(std::size_t max_body, std::size_t max_head = kUsualHead)
      : max_body_(max_body), max_head_(max_head) {}

  /// Goes on as far as `input` allows and consumes what it used.
  State parse(ByteQueue& input);
  State state() const noexcept { return state_; }
  HttpRequest& request() noexcept { return request_; }
  /// Whether the connection may serve another request.
  bool keep_alive() const noexcept { return keep_alive_; }
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const noexcept { return expects_continue_; }
  int status() const noexcept { return status_; }
  void reset();

 private:
  enum class Chunk : std::uint8_t { Size, Data, DataEnd, Trailer };

  State fail(int status);
  State parse_head(ByteQueue& input);
  bool parse_request_line(std::string_view line);
  bool parse_target(std::string_view target);
  bool parse_header_line(std::string_view line);
  bool check_head();
  bool read_content_length(std::string_view value);
  State parse_body(ByteQueue& input);
  State parse_chunks(ByteQueue& input);
  State parse_chunk_size(std::string_view line);

  std::size_t max_body_;
  std::size_t max_head_;
  State state_ = State::Head;
  int status_ = 0;
  HttpRequest request_{};
  std::size_t scanned_ = 0;  // of the head, without its end in it
  bool http_1_1_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool has_length_ = false;
  bool chunked_ = false;
  std::size_t hosts_ = 0;
  std::size_t remaining_ = 0;  // of the body or the chunk
  Chunk chunk_ = Chunk::Size;
  std::size_t trailer_bytes_ = 0;
};

/// Whether a comma separated header value holds `token`, compared without regard to case.
bool has_token(std::string_view value, std::string_view token);
std::string_view trim(std::string_view text);

}  // namespace webpubsub::net
