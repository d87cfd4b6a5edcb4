// What an application's web server answers to the hub's events: status, headers, an empty line,
// body.

#include "hub/webhooks/connect_question.h"
#include "hub/webhooks/origin_check.h"
#include "hub/webhooks/webhook_session.h"
#include "tests/fuzz/expect.h"

namespace webpubsub::fuzz {
namespace {

/// "200", then "Name: value" lines, an empty one, the body.
net::HttpResponse response_of(std::string_view input) {
  const auto line = [&input] {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view text = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    return text;
  };
  net::HttpResponse response;
  const std::string_view status = line();
  response.status = status.starts_with('2') ? 200 : 400 + static_cast<int>(status.size() % 200);
  for (std::string_view header = line(); !header.empty(); header = line()) {
    const std::size_t colon = std::min(header.find(": "), header.size());
    response.headers.emplace_back(header.substr(0, colon),
                                  header.substr(std::min(colon + 2, header.size())));
  }
  response.body = input;
  return response;
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const net::HttpResponse answer = fuzz::response_of(fuzz::text_of(bytes, size));
  const auto verdict = hub::read_verdict(answer);
  if (!verdict) {
    fuzz::expect(verdict.error().service_code >= 400 && verdict.error().service_code < 600,
                 "a refusal has a status for the client");
  }
  static_cast<void>(hub::allows_origin(answer, "localhost"));
  hub::WebhookSession session;
  session.learn_from(answer);
  session.learn_from(answer);
  fuzz::expect(session.state.size() + session.cookie_header().size() <= 2 * size + 2,
               "a session remembers what it was told");
  return 0;
}
