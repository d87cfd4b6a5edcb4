// HTTP requests, the paths and queries in them, and what the hub reads out of these.

#include <cstring>
#include <optional>

#include "hub/client_url.h"
#include "hub/raw_session.h"
#include "hub/recovery.h"
#include "hub/token_check.h"
#include "net/byte_queue.h"
#include "net/http_parser.h"
#include "tests/fuzz/expect.h"

namespace webpubsub::fuzz {
namespace {

constexpr std::size_t kMaxBody = 1024;

/// Reads one request, `piece` bytes at a time.
std::optional<net::HttpRequest> parse(std::string_view input, std::size_t piece, int& status) {
  net::RequestParser parser(kMaxBody);
  net::ByteQueue queue;
  while (!input.empty()) {
    const std::size_t count = std::min(piece, input.size());
    std::memcpy(queue.append(count), input.data(), count);
    input.remove_prefix(count);
    const auto state = parser.parse(queue);
    status = parser.status();
    if (state == net::RequestParser::State::Failed) return std::nullopt;
    if (state != net::RequestParser::State::Complete) continue;
    expect(parser.request().body.size() <= kMaxBody, "a body keeps to its limit");
    return std::move(parser.request());
  }
  return std::nullopt;
}

void read_target(const net::HttpRequest& request) {
  const auto query = net::parse_query(request.query);
  static_cast<void>(hub::hub_of_client_url(request.path, query));
  static_cast<void>(hub::RawOptions::parse(query));
  static_cast<void>(hub::RecoveryRequest::parse(request));
  expect(hub::decode_path(request.path).size() <= request.path.size(), "escapes only shrink");
  const auto decoded = net::percent_decode(request.path, false);
  if (decoded) {
    expect(net::percent_decode(net::percent_encode(*decoded), false) == *decoded,
           "an escaped text is the text again");
  }
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  int status = 0;
  const auto request = fuzz::parse(input, input.size(), status);
  if (request) fuzz::read_target(*request);
  // However the bytes arrive, they are the same request, or none.
  int other_status = 0;
  const auto slow = fuzz::parse(input, 1, other_status);
  fuzz::expect(slow.has_value() == request.has_value(), "pieces make the same request");
  if (request) {
    fuzz::expect(slow->method == request->method && slow->path == request->path &&
                     slow->query == request->query && slow->headers == request->headers &&
                     slow->body == request->body,
                 "pieces make the same request");
  }
  return 0;
}
