#include "webpubsub/events/event_handler.h"

#include <algorithm>
#include <utility>

#include "webpubsub/events/event_signature.h"

namespace webpubsub {

namespace {

constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kNotAllowed = 405;
constexpr int kTooLarge = 413;
constexpr int kServerError = 500;
constexpr int kUnavailable = 503;
constexpr int kGatewayTimeout = 504;

std::string lower(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

/// "https://Name.webpubsub.azure.com:8080/x" and "name.webpubsub.azure.com" are the same host: the
/// service sends it without its port.
std::string host_of(std::string_view origin) {
  if (const auto scheme = origin.find("://"); scheme != std::string_view::npos) {
    origin.remove_prefix(scheme + 3);
  }
  origin = origin.substr(0, origin.find_first_of("/?#"));
  const auto bracket = origin.find(']');  // of an IPv6 address
  const auto port = origin.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return lower(origin.substr(0, port));
}

net::HttpResponse text_answer(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(text) + "\n"};
}

/// What the answers of all events share with their endpoint, which may go before them.
struct Books {
  EventCounters counters{};
  std::size_t pending = 0;
};

}  // namespace

/// One event that waits for its answer.
class PendingAnswer {
 public:
  PendingAnswer(net::EventLoop& loop, std::chrono::milliseconds timeout, int mqtt_version,
                net::HttpResponder respond, std::shared_ptr<Books> books)
      : mqtt_version_(mqtt_version),
        respond_(std::move(respond)),
        books_(std::move(books)),
        deadline_(loop, [this] { give_up(kGatewayTimeout); }) {
    ++books_->pending;
    deadline_.start_after(timeout);
  }
  ~PendingAnswer() { give_up(kServerError); }
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  void answer(net::HttpResponse response) {
    if (!respond_) return;
    const net::HttpResponder respond = std::exchange(respond_, nullptr);
    deadline_.cancel();
    --books_->pending;
    respond(std::move(response));
  }
  int mqtt_version() const noexcept { return mqtt_version_; }

 private:
  void give_up(int status) {
    if (!respond_) return;
    ++books_->counters.unanswered;
    answer(refusal(status, "the event was not answered", mqtt_version_));
  }

  const int mqtt_version_;
  net::HttpResponder respond_;  // null once answered
  std::shared_ptr<Books> books_;
  net::Timer deadline_;
};

void ConnectResponder::approve(const ConnectApproval& approval) const {
  pending_->answer(to_response(approval));
}

void ConnectResponder::reject(int status, std::string_view detail) const {
  pending_->answer(refusal(status, detail, pending_->mqtt_version()));
}

void ConnectResponder::reject(const MqttRejection& rejection) const {
  pending_->answer(to_response(rejection));
}

void UserEventResponder::reply(const UserEventReply& reply) const {
  pending_->answer(to_response(reply));
}

void UserEventResponder::fail(int status, std::string_view detail) const {
  pending_->answer(refusal(status, detail, 0));
}

namespace {

class Endpoint final : public EventEndpoint {
 public:
  Endpoint(net::EventLoop& loop, EventEndpointOptions options, EventHandler& handler)
      : loop_(loop), options_(std::move(options)), handler_(handler) {
    options_.hub = lower(options_.hub);
    if (options_.path.empty()) {
      options_.path = "/api/webpubsub";
      if (!options_.hub.empty()) options_.path += "/hubs/" + options_.hub;
    }
    options_.path = lower(options_.path);
    while (options_.path.ends_with('/')) options_.path.pop_back();
    for (std::string& origin : options_.allowed_origins) origin = host_of(origin);
  }

  bool handles(const net::HttpRequest& request) const override {
    const std::string path = lower(request.path);
    return path.starts_with(options_.path) &&
           (path.size() == options_.path.size() || path[options_.path.size()] == '/');
  }

  void handle(net::HttpRequest request, net::HttpResponder respond) override {
    if (request.method == "OPTIONS") return respond(validate(request));
    if (request.method != "POST") {
      auto answer = text_answer(kNotAllowed, "events come by POST");
      answer.headers.emplace_back("Allow", "OPTIONS, POST");
      return respond(refuse(std::move(answer)));
    }
    if (auto problem = check(request)) return respond(*std::move(problem));
    auto event = parse_cloud_event(request);
    if (!event)
      return respond(refuse(text_answer(event.error().service_code, event.error().message)));
    ++books_->counters.events;
    std::visit([&](const auto& known) { deliver(known, respond); }, *event);
  }

  EventCounters counters() const override { return books_->counters; }

 private:
  net::HttpResponse refuse(net::HttpResponse response) {
    ++books_->counters.refused;
    return response;
  }

  /// The abuse-protection handshake: whether this service may send events at all.
  net::HttpResponse validate(const net::HttpRequest& request) {
    const auto origin = net::find_header(request.headers, "webhook-request-origin");
    if (!origin || origin->empty()) {
      return refuse(text_answer(kBadRequest, "the header WebHook-Request-Origin is missing"));
    }
    const auto& allowed = options_.allowed_origins;
    const bool any = allowed.empty();
    if (!any && std::find(allowed.begin(), allowed.end(), host_of(*origin)) == allowed.end()) {
      return refuse(text_answer(kBadRequest, "events of this origin are not wanted"));
    }
    ++books_->counters.validations;
    return {.status = kOk,
            .headers = {{"WebHook-Allowed-Origin", any ? "*" : std::string(*origin)}}};
  }

  /// What keeps a POST from being read at all.
  std::optional<net::HttpResponse> check(const net::HttpRequest& request) {
    const auto id = net::find_header(request.headers, "ce-connectionid").value_or("");
    const auto signature = net::find_header(request.headers, "ce-signature").value_or("");
    if (!options_.accept_unsigned && !is_event_signature(signature, id, options_.access_keys)) {
      ++books_->counters.unsigned_requests;
      return text_answer(kUnauthorized, "ce-signature is missing or wrong");
    }
    const auto hub = net::find_header(request.headers, "ce-hub").value_or("");
    if (!options_.hub.empty() && lower(hub) != options_.hub) {
      return refuse(text_answer(kBadRequest, "events of this hub are not handled here"));
    }
    if (request.body.size() > options_.max_body_bytes) {
      return refuse(text_answer(kTooLarge, "the event is too large"));
    }
    if (books_->pending >= options_.max_pending) {
      return refuse(text_answer(kUnavailable, "too many events wait for answers"));
    }
    return std::nullopt;
  }

  std::shared_ptr<PendingAnswer> wait(net::HttpResponder respond, int mqtt_version) {
    return std::make_shared<PendingAnswer>(loop_, options_.answer_timeout, mqtt_version,
                                           std::move(respond), books_);
  }

  void deliver(const ConnectEvent& event, net::HttpResponder& respond) {
    const int version = event.mqtt ? event.mqtt->protocol_version : 0;
    handler_.on_connect(event, ConnectResponder(wait(std::move(respond), version)));
  }
  void deliver(const UserEvent& event, net::HttpResponder& respond) {
    handler_.on_user_event(event, UserEventResponder(wait(std::move(respond), 0)));
  }
  // The service wants nothing but a success, and has it before the handler takes its time.
  void deliver(const ConnectedEvent& event, net::HttpResponder& respond) {
    respond({.status = kOk});
    handler_.on_connected(event);
  }
  void deliver(const DisconnectedEvent& event, net::HttpResponder& respond) {
    respond({.status = kOk});
    handler_.on_disconnected(event);
  }
  void deliver(const GroupEvent& event, net::HttpResponder& respond) {
    respond({.status = kOk});
    handler_.on_group_event(event);
  }

  net::EventLoop& loop_;
  EventEndpointOptions options_;
  EventHandler& handler_;
  std::shared_ptr<Books> books_ = std::make_shared<Books>();
};

}  // namespace

Result<std::unique_ptr<EventEndpoint>> EventEndpoint::create(net::EventLoop& loop,
                                                             EventEndpointOptions options,
                                                             EventHandler& handler) {
  const auto refuse = [](std::string_view what) {
    return Error{Errc::InvalidArgument, "event endpoint: " + std::string(what)};
  };
  const auto& keys = options.access_keys;
  const bool keyless = keys.empty() || std::any_of(keys.begin(), keys.end(),
                                                   [](const Secret& key) { return key.empty(); });
  if (keyless && !options.accept_unsigned) {
    return refuse("without an access key no request can be told from a forged one");
  }
  if (!options.path.empty() && !options.path.starts_with('/')) {
    return refuse("the path must begin with '/'");
  }
  const auto& origins = options.allowed_origins;
  if (std::any_of(origins.begin(), origins.end(),
                  [](const std::string& origin) { return host_of(origin).empty(); })) {
    return refuse("an allowed origin has no host");
  }
  return std::unique_ptr<EventEndpoint>(
      std::make_unique<Endpoint>(loop, std::move(options), handler));
}

}  // namespace webpubsub
