// A web server for dashboards: it hands out client access URLs and handles the events of clients.
//
// The access key stays here. A page asks /negotiate, gets a URL that is good for a few minutes and
// for the groups it may see, and connects to the service by itself.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "webpubsub/events/event_handler.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"
#include "webpubsub/service/service_client.h"

namespace {

using namespace webpubsub;  // NOLINT(google-build-using-namespace): a program of one file

constexpr const char* kHub = "telemetry";
constexpr std::uint16_t kPort = 8081;

class StandardError : public LogSink {
 public:
  void write(const LogRecord& record) override { std::cerr << record.message << '\n'; }
};

/// What the service tells about clients.
class Clients : public EventHandler {
 public:
  /// A client that comes without a user id did not ask /negotiate: it is not let in.
  void on_connect(const ConnectEvent& event, ConnectResponder respond) override {
    if (event.context.user_id.empty()) return respond.reject(401, "ask /negotiate first");
    respond.approve();
  }

  /// "where-am-i" is answered to the client; everything else is taken without a word.
  void on_user_event(const UserEvent& event, UserEventResponder respond) override {
    std::cout << event.context.user_id << " sent " << event.context.event << std::endl;
    if (event.context.event != "where-am-i") return respond.reply();
    std::string answer = "{\"hub\":";
    append_json_string(answer, event.context.hub);
    answer += ",\"user\":";
    append_json_string(answer, event.context.user_id);
    respond.reply({.data = Data{DataType::Json, answer + "}"}});
  }

  void on_connected(const ConnectedEvent& event) override {
    std::cout << event.context.user_id << " connected" << std::endl;
  }
  void on_disconnected(const DisconnectedEvent& event) override {
    std::cout << event.context.user_id << " disconnected" << std::endl;
  }
};

class Site : public net::HttpServerHandler {
 public:
  Site(ServiceClient& service, EventEndpoint& events) : service_(service), events_(events) {}

  void on_request(net::HttpRequest request, net::HttpResponder respond) override {
    if (events_.handles(request)) return events_.handle(std::move(request), std::move(respond));
    if (request.path == "/negotiate" && request.method == "GET") {
      return negotiate(net::parse_query(request.query), respond);
    }
    respond({.status = 404});
  }
  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest& /*request*/) override {
    return {.status = 404};  // clients connect to the service, not to us
  }

 private:
  /// GET /negotiate?user=ann&group=site-7 answers {"url":"wss://..."}. Whoever reaches it gets a
  /// URL for that one group: put your own login in front, and take the user from it.
  void negotiate(const net::QueryParameters& query, const net::HttpResponder& respond) {
    const auto value = [&query](std::string_view name) {
      const auto found = std::find_if(query.begin(), query.end(),
                                      [name](const auto& one) { return one.first == name; });
      return found == query.end() ? std::string() : found->second;
    };
    const std::string group = value("group");
    const std::string user = value("user");
    if (user.empty() || !is_valid_utf8(user) || !is_valid_group_name(group)) {
      return respond({.status = 400, .body = "/negotiate?user=NAME&group=GROUP\n"});
    }
    service_.client_access(
        {.user_id = user,
         .roles = {"webpubsub.joinLeaveGroup." + group},
         .groups = {group},
         .lifetime = std::chrono::minutes(5)},
        [respond](const Result<ClientAccess>& access) {
          if (!access) return respond({.status = 503});
          std::string body = "{\"url\":";
          append_json_string(body, access->url.reveal());
          respond({.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                   .body = body + "}"});
        });
  }

  ServiceClient& service_;
  EventEndpoint& events_;
};

int fail(const Error& error) {
  std::cerr << "negotiate-server: " << error.message << '\n';
  return EXIT_FAILURE;
}

int serve(std::string_view connection_text, std::uint16_t port) {
  auto where = parse_connection_string(connection_text);
  if (!where) return fail(where.error());
  StandardError sink;
  Log log(sink, LogLevel::Warning);
  auto loop = net::EventLoop::create(log);
  if (!loop) return fail(loop.error());
  auto service = ServiceClient::create(**loop, {.connection_string = *where, .hub = kHub});
  if (!service) return fail(service.error());
  Clients clients;
  auto events =
      EventEndpoint::create(**loop, {.hub = kHub, .access_keys = {where->access_key}}, clients);
  if (!events) return fail(events.error());
  Site site(**service, **events);
  auto server = net::HttpServer::listen(**loop, {.port = port}, site);
  if (!server) return fail(server.error());
  std::cout << "listening on http://127.0.0.1:" << (*server)->port() << std::endl;
  (*loop)->run();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  // No thread yet could change it. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* connection_string = std::getenv("WEBPUBSUB_CONNECTION_STRING");
  if (connection_string == nullptr || argc > 2) {
    std::cerr << "WEBPUBSUB_CONNECTION_STRING=... negotiate-server [PORT]\n";
    return 64;
  }
  return serve(connection_string,
               argc == 2 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : kPort);
}
