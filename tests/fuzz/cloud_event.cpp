// Events as web servers get them from the service: a request of headers and body, and its
// signature.

#include "webpubsub/events/cloud_event.h"

#include "tests/fuzz/expect.h"
#include "webpubsub/events/event_signature.h"

namespace webpubsub::fuzz {
namespace {

/// "Name: value" lines, an empty one, the body.
net::HttpRequest request_of(std::string_view input) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = "/api/webpubsub/hubs/chat";
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(": "), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(std::min(colon + 2, line.size())));
  }
  request.body = input;
  return request;
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  const auto event = parse_cloud_event(fuzz::request_of(input));
  if (!event) {
    fuzz::expect(event.error().service_code == 400 || event.error().service_code == 415,
                 "a refusal has a status");
  }
  const std::vector<Secret> keys{Secret("0123456789abcdef0123456789abcdef")};
  fuzz::expect(!is_event_signature(input, "conn-1", keys), "nobody guesses a signature");
  return 0;
}
