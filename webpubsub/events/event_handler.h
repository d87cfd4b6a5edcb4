// The server side of webhooks: what `@azure/web-pubsub-express` does for Node, on net/'s HTTP
// server.
//
//   struct Chat : EventHandler { void on_user_event(const UserEvent& event, UserEventResponder r)
//       override { r.reply({.data = event.data}); } };
//   auto endpoint = EventEndpoint::create(loop, {.hub = "chat", .access_keys = {key}}, chat);
//
// An HttpServerHandler passes on the requests that endpoint->handles(), with its responder.
// Everything happens on the loop's thread.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "net/event_loop.h"
#include "net/http.h"
#include "net/http_server.h"
#include "webpubsub/events/cloud_event.h"
#include "webpubsub/events/event_reply.h"

namespace webpubsub {

class PendingAnswer;

/// Answers one connect event: at once or later on the loop, by whichever copy comes first; what
/// comes after has no effect. When no copy is left and none has answered, the answer is 500; when
/// the endpoint's answer_timeout is over, 504. Copies may outlive the endpoint, not the loop.
class ConnectResponder {
 public:
  explicit ConnectResponder(std::shared_ptr<PendingAnswer> pending)
      : pending_(std::move(pending)) {}

  void approve(const ConnectApproval& approval = {}) const;
  /// The client's handshake fails with `status`, 400 to 599; `detail` is for the service's logs.
  /// Mind that the service repeats an event that is answered 408 or 5xx.
  void reject(int status, std::string_view detail = {}) const;
  /// The same in MQTT's own words, for an event with `mqtt`.
  void reject(const MqttRejection& rejection) const;

 private:
  std::shared_ptr<PendingAnswer> pending_;
};

/// Answers one user event, by the rules of ConnectResponder.
class UserEventResponder {
 public:
  explicit UserEventResponder(std::shared_ptr<PendingAnswer> pending)
      : pending_(std::move(pending)) {}

  void reply(const UserEventReply& reply = {}) const;
  /// The client is told of a failure, without `detail`. `status` as in ConnectResponder::reject().
  void fail(int status, std::string_view detail = {}) const;

 private:
  std::shared_ptr<PendingAnswer> pending_;
};

/// What an application makes of events. The defaults let everybody in and answer nothing.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // Responders come by value: an override keeps them.
  // NOLINTBEGIN(performance-unnecessary-value-param)
  virtual void on_connect(const ConnectEvent& event, ConnectResponder respond) {
    static_cast<void>(event);
    respond.approve();
  }
  virtual void on_user_event(const UserEvent& event, UserEventResponder respond) {
    static_cast<void>(event);
    respond.reply();
  }
  // NOLINTEND(performance-unnecessary-value-param)
  // The service does not wait for these: it has its answer already.
  virtual void on_connected(const ConnectedEvent& event) { static_cast<void>(event); }
  virtual void on_disconnected(const DisconnectedEvent& event) { static_cast<void>(event); }
  virtual void on_group_event(const GroupEvent& event) { static_cast<void>(event); }
};

struct EventEndpointOptions {
  /// Events of other hubs are answered 400; compared without regard to case. Empty: all hubs.
  std::string hub{};
  /// Requests to it and below it are handled. Empty: "/api/webpubsub/hubs/{hub}", or
  /// "/api/webpubsub" for all hubs, as the official middleware has it.
  std::string path{};
  /// Primary and secondary key of the service: one of them must have signed a request.
  std::vector<Secret> access_keys{};
  /// Takes requests of anybody: only where nobody else can reach us.
  bool accept_unsigned = false;
  /// Hosts of the services that may send events ("NAME.webpubsub.azure.com"; a URL does as well),
  /// asked for once by OPTIONS before the first event. Empty: any, the signature decides.
  std::vector<std::string> allowed_origins{};
  std::chrono::milliseconds answer_timeout{30'000};
  std::size_t max_body_bytes = 1024 * 1024;  // of an event; more is answered 413
  std::size_t max_pending = 1000;            // events that wait for answers; then 503
};

struct EventCounters {
  std::uint64_t events = 0;             // handed to the handler
  std::uint64_t validations = 0;        // OPTIONS granted
  std::uint64_t unsigned_requests = 0;  // refused for their signature
  std::uint64_t refused = 0;            // for anything else
  std::uint64_t unanswered = 0;         // by the handler: 500 or 504 in its place
};

class EventEndpoint {
 public:
  /// `handler` must outlive the endpoint. Errors: InvalidArgument without a key, unless unsigned
  /// requests are accepted; for a path that does not begin with '/', or an origin without a host.
  static Result<std::unique_ptr<EventEndpoint>> create(net::EventLoop& loop,
                                                       EventEndpointOptions options,
                                                       EventHandler& handler);
  virtual ~EventEndpoint() = default;

  virtual bool handles(const net::HttpRequest& request) const = 0;
  /// Answers now or when the handler does. Refusals say in a line of text what is wrong.
  virtual void handle(net::HttpRequest request, net::HttpResponder respond) = 0;
  virtual EventCounters counters() const = 0;
};

}  // namespace webpubsub
