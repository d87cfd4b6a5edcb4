// Requests to the REST API of a hub with a few connections, signed as a server would.

#include <cstring>
#include <memory>

#include "base/log.h"
#include "hub/hub_context.h"
#include "hub/rest_api.h"
#include "net/byte_queue.h"
#include "net/http_parser.h"
#include "tests/fuzz/expect.h"
#include "tests/support/no_sink.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::fuzz {
namespace {

class Member : public hub::Connection {
 public:
  Member(std::string id, std::string user_id)
      : Connection({.id = std::move(id), .user_id = std::move(user_id)}) {}
  bool deliver(hub::SharedMessage& message) override {
    static_cast<void>(message.encoded(json_codec()));
    static_cast<void>(message.encoded(protobuf_codec()));
    return true;
  }
  void close_as_too_slow() override {}
  void close_by_application(std::string_view /*reason*/) override {}
};

/// A hub with two connections of two users in one group.
struct World {
  gateway::support::NoSink sink{};
  Log log{sink, LogLevel::Error};
  std::unique_ptr<net::EventLoop> loop{net::EventLoop::create(log).value()};
  hub::HubContext context{.loop = *loop,
                          .log = log,
                          .options = {},
                          .tokens = {{Secret(std::string(kLocalAccessKey))}, false}};
  hub::RestApi api{context};
  Member first{"one", "ann"};
  Member second{"two", ""};
  World() {
    auto& chat = context.connections.add("chat", first);
    context.connections.add("chat", second);
    chat.join(first, "g");
    chat.join(second, "g");
  }
};

std::string token_for(const net::HttpRequest& request, const World& world) {
  TokenClaims claims;
  claims.audience = world.context.tokens.endpoint_for(request) + request.path;
  claims.issued = wall_now();
  claims.expires = claims.issued + std::chrono::hours(1);
  return sign_token(claims, world.context.tokens.signing_key());
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  static fuzz::World world;
  const std::string_view input = fuzz::text_of(bytes, size);
  net::RequestParser parser(4096);
  net::ByteQueue queue;
  if (size > 0) std::memcpy(queue.append(size), input.data(), size);
  if (parser.parse(queue) != net::RequestParser::State::Complete) return 0;
  net::HttpRequest request = std::move(parser.request());
  // Nothing can be made out to a path that is no text.
  if (!request.path.starts_with("/api/") || !is_valid_utf8(request.path)) return 0;
  std::erase_if(request.headers, [](const auto& header) { return header.first == "Host"; });
  request.headers.insert(request.headers.begin(), {"Host", "localhost"});
  request.headers.insert(request.headers.begin(),
                         {"Authorization", "Bearer " + fuzz::token_for(request, world)});
  const net::HttpResponse response = world.api.handle(request);
  fuzz::expect(response.status != 401, "the token is good");
  fuzz::expect(response.status >= 200 && response.status < 500, "a request is no failure of ours");
  fuzz::expect(world.context.connections.find("chat") != nullptr, "nobody was lost");
  return 0;
}
