// What operators and applications hand to us as one line: connection strings, URLs, settings of
// event handlers.

#include "webpubsub/auth/connection_string.h"

#include "hub/webhooks/webhook_settings.h"
#include "net/url.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  const auto parsed = parse_connection_string(input);
  if (parsed) {
    fuzz::expect(!parsed->access_key.reveal().empty(), "there is a key");
    const auto again = parse_connection_string(
        "Endpoint=" + parsed->endpoint + ";AccessKey=" + std::string(parsed->access_key.reveal()));
    fuzz::expect(again && again->endpoint == parsed->endpoint, "an endpoint is one again");
  }
  const auto url = net::parse_url(input, "ws", "wss");
  if (url) {
    fuzz::expect(!url->host.empty() && url->target.starts_with('/'), "a URL has host and target");
    fuzz::expect(url->target.find_first_of(std::string_view("\r\n \0", 4)) == std::string::npos,
                 "a target cannot break a request line");
  }
  const auto settings = hub::WebhookSettings::parse(input);
  if (settings) {
    fuzz::expect(settings->check().has_value(), "what was read is usable");
    static_cast<void>(settings->url("chat", "mess age"));
  }
  return 0;
}
