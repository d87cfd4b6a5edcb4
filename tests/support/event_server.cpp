// A web server on the SDK's event endpoint, for tests in other languages: the same behaviour as the
// one on the official middleware in tests/conformance/support/upstreams.mjs.
//
// event_server PORT KEY... listens (0: any port), prints its port, then each event it is told of as
// a line of JSON, and ends when its standard input closes.

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "base/log.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "tests/support/no_sink.h"
#include "webpubsub/events/event_handler.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"

namespace {

using namespace webpubsub;

void tell(const EventContext& context, std::string_view detail) {
  std::string line = "{\"event\":";
  append_json_string(line, context.event);
  const auto add = [&line](std::string_view name, std::string_view value) {
    line.append(",\"").append(name).append("\":");
    append_json_string(line, value);
  };
  add("id", context.id);
  add("hub", context.hub);
  add("connectionId", context.connection_id);
  add("userId", context.user_id);
  add("detail", detail);
  std::cout << line + ",\"states\":" + context.state + "}" << std::endl;
}

std::string first(const ValueMap& map, std::string_view name) {
  for (const auto& [key, values] : map) {
    if (key == name && !values.empty()) return values.front();
  }
  return {};
}

std::uint64_t count_in(const std::string& state) {
  const std::string_view name = "count";
  JsonSlice value;
  if (scan_json_object(state, {&name, 1}, {&value, 1}) != JsonScan::Found) return 0;
  return json_uint64(value).value_or(0);
}

class Upstream : public EventHandler {
 public:
  void on_connect(const ConnectEvent& event, ConnectResponder respond) override {
    const std::string as = first(event.query, "as");
    tell(event.context, first(event.claims, "sub") + "|" + as);
    if (as == "reject") return respond.reject(401, "secret text");
    if (as == "full") {
      return respond.approve({.user_id = "bob",
                              .groups = {"lobby"},
                              .roles = std::vector<std::string>{"webpubsub.sendToGroup.lobby"},
                              .state = R"({"count":40})"});
    }
    if (as == "nobody")
      return respond.approve({.user_id = "", .roles = std::vector<std::string>{}});
    if (as == "custom") return respond.approve({.subprotocol = "custom.v1"});
    if (as == "foreign") return respond.approve({.subprotocol = "not.offered"});
    respond.approve();
  }

  void on_user_event(const UserEvent& event, UserEventResponder respond) override {
    const std::string& name = event.context.event;
    tell(event.context, "");
    if (name == "fail") return respond.fail(500, "secret text");
    if (name == "deny") return respond.fail(400, "secret text");
    if (name == "silent") return respond.reply();
    if (name == "count") {
      const std::string count = std::to_string(count_in(event.context.state) + 1);
      return respond.reply(
          {.data = Data{DataType::Text, count}, .state = "{\"count\":" + count + "}"});
    }
    respond.reply({.data = event.data});
  }

  void on_connected(const ConnectedEvent& event) override { tell(event.context, ""); }
  void on_disconnected(const DisconnectedEvent& event) override {
    tell(event.context, event.reason);
  }
};

class Site : public net::HttpServerHandler {
 public:
  explicit Site(EventEndpoint& events) : events_(events) {}
  void on_request(net::HttpRequest request, net::HttpResponder respond) override {
    if (!events_.handles(request)) return respond({.status = 404});
    events_.handle(std::move(request), std::move(respond));
  }
  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest& /*request*/) override {
    return {.status = 404};
  }

 private:
  EventEndpoint& events_;
};

int serve(std::uint16_t port, const std::vector<std::string>& keys) {
  gateway::support::NoSink sink;
  Log log(sink, LogLevel::Error);
  auto loop = net::EventLoop::create(log);
  if (!loop) return EXIT_FAILURE;
  Upstream upstream;
  EventEndpointOptions options{.hub = "chat", .allowed_origins = {"http://127.0.0.1:8080"}};
  for (const std::string& key : keys) options.access_keys.emplace_back(key);
  auto events = EventEndpoint::create(**loop, std::move(options), upstream);
  if (!events) return EXIT_FAILURE;
  Site site(**events);
  auto server = net::HttpServer::listen(**loop, {.port = port}, site);
  if (!server) return EXIT_FAILURE;
  const int input = dup(STDIN_FILENO);
  const auto end_of_input = net::FdWatcher::watch(**loop, input, [&] {
    char ignored[256];
    if (read(input, ignored, sizeof ignored) <= 0) (*loop)->stop();
  });
  if (!end_of_input) return EXIT_FAILURE;
  std::cout << "{\"port\":" << (*server)->port() << "}" << std::endl;
  (*loop)->run();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "event_server PORT KEY...\n";
    return 64;
  }
  return serve(static_cast<std::uint16_t>(std::atoi(argv[1])), {argv + 2, argv + argc});
}
