#include "hub/webhooks/webhooks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "hub/text.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::hub {

namespace {

constexpr int kOk = 200;
constexpr int kRedirect = 300;
constexpr int kServerError = 500;

EventSource source_of(std::string_view hub, const Connection& connection) {
  return {.hub = hub,
          .connection_id = connection.id(),
          .user_id = connection.user_id(),
          .subprotocol = connection.subprotocol()};
}

/// Without a Content-Type it is binary; nothing for one that is not for messages.
std::optional<DataType> type_of_reply(const net::HttpResponse& answer) {
  const auto header = net::find_header(answer.headers, "content-type");
  if (!header || header->empty()) return DataType::Binary;
  std::string_view media = header->substr(0, header->find(';'));
  while (media.ends_with(' ')) media.remove_suffix(1);
  if (equals_ignoring_case(media, "text/plain")) return DataType::Text;
  if (equals_ignoring_case(media, "application/json")) return DataType::Json;
  if (equals_ignoring_case(media, "application/octet-stream")) return DataType::Binary;
  if (equals_ignoring_case(media, "application/x-protobuf")) return DataType::Protobuf;
  return std::nullopt;
}

/// The error's default texts are all a client is told.
EventReply read_reply(const Result<net::HttpResponse>& answer) {
  if (!answer || answer->status < kOk || answer->status >= kRedirect) return {.success = false};
  if (answer->body.empty()) return {};
  const auto type = type_of_reply(*answer);
  if (!type) return {.success = false};
  const bool readable = *type == DataType::Json   ? is_valid_json(answer->body)
                        : *type == DataType::Text ? is_valid_utf8(answer->body)
                                                  : true;
  if (!readable) return {.success = false};
  return {.data = Data{*type, answer->body}};
}

std::string bare_host(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

/// The next event about this connection that nobody waits for.
void tell_next(const std::shared_ptr<WebhookSession>& session) {
  session->telling = !session->to_tell.empty();
  if (!session->telling) return;
  const auto next = std::move(session->to_tell.front());
  session->to_tell.pop_front();
  next(session);
}

}  // namespace

Webhooks::Webhooks(net::EventLoop& loop, Log& log, const HubOptions& options, HubCounters& counters)
    : sender_{.origin = bare_host(options.address), .access_keys = options.access_keys} {
  for (const WebhookSettings& settings : options.event_handlers) {
    webhooks_.push_back(
        std::make_unique<Webhook>(loop, log, options, settings, sender_.origin, counters));
  }
}

std::shared_ptr<WebhookSession> Webhooks::new_session() const {
  return webhooks_.empty() ? nullptr : std::make_shared<WebhookSession>();
}

Webhook* Webhooks::find_system(std::string_view hub, Event event) const {
  for (const auto& webhook : webhooks_) {
    const WebhookSettings& settings = webhook->settings();
    const bool wanted = event == Event::Connect     ? settings.connect
                        : event == Event::Connected ? settings.connected
                                                    : settings.disconnected;
    if (wanted && settings.is_for(hub)) return webhook.get();
  }
  return nullptr;
}

Webhook* Webhooks::find_user(std::string_view hub, std::string_view event) const {
  const auto found = std::find_if(webhooks_.begin(), webhooks_.end(), [&](const auto& webhook) {
    return webhook->settings().is_for(hub) && webhook->settings().wants_user_event(event);
  });
  return found == webhooks_.end() ? nullptr : found->get();
}

WebhookCall Webhooks::make_call(const EventSource& source, EventPost post,
                                WebhookSession& session) const {
  WebhookCall call{.hub = std::string(source.hub),
                   .event = post.event,
                   .headers = event_headers(sender_, source, post, session, wall_now())};
  call.body = std::move(post.body);
  return call;
}

void Webhooks::ask_connect(std::string_view hub, const ConnectionIdentity& identity,
                           std::string body, std::function<void(Result<ConnectVerdict>)> done) {
  const auto session = identity.webhooks;
  WebhookCall call =
      make_call({.hub = hub,
                 .connection_id = identity.id,
                 .user_id = identity.user_id,
                 // Of others it is settled by the answer.
                 .subprotocol = session->is_mqtt() ? identity.subprotocol : std::string_view()},
                {.event = "connect", .is_system = true, .body = std::move(body)}, *session);
  call.may_be_refused = true;
  find_system(hub, Event::Connect)
      ->send(std::move(call),
             [session, done = std::move(done)](const Result<net::HttpResponse>& answer) {
               if (!answer) {
                 Error failed = answer.error();
                 failed.service_code = kServerError;
                 return done(std::move(failed));
               }
               auto verdict = read_verdict(*answer);
               if (verdict) session->learn_from(*answer);
               if (!verdict && session->is_mqtt()) {
                 auto refusal = read_mqtt_refusal(answer->body, session->mqtt_version);
                 if (refusal) verdict = ConnectVerdict{.mqtt_refusal = std::move(refusal)};
               }
               done(std::move(verdict));
             });
}

bool Webhooks::wants(const ClientEvent& event) const {
  return find_user(event.hub, event.event) != nullptr;
}

void Webhooks::on_user_event(const ClientEvent& event, EventResponder respond) {
  const auto session = event.from.webhook_session();
  EventPost post{.event = std::string(event.event),
                 .content_type = content_type_of(event.data.type),
                 .body = event.data.bytes,
                 .metadata = event.metadata};
  find_user(event.hub, event.event)
      ->send(make_call(source_of(event.hub, event.from), std::move(post), *session),
             [session, respond = std::move(respond)](const Result<net::HttpResponse>& answer) {
               EventReply reply = read_reply(answer);
               if (reply.success) {
                 session->learn_from(*answer);
                 if (session->is_mqtt()) {
                   reply.mqtt_user_properties = mqtt_user_properties_of(answer->headers);
                 }
               }
               respond(std::move(reply));
             });
}

void Webhooks::tell(Webhook& webhook, std::string_view hub, const Connection& connection,
                    EventPost post) {
  const auto& session = connection.webhook_session();
  auto call = std::make_shared<WebhookCall>(
      make_call(source_of(hub, connection), std::move(post), *session));
  session->to_tell.emplace_back([&webhook, call](const std::shared_ptr<WebhookSession>& teller) {
    webhook.send(std::move(*call),
                 [teller](const Result<net::HttpResponse>& /*answer*/) { tell_next(teller); });
  });
  if (!session->telling) tell_next(session);
}

void Webhooks::tell_connected(std::string_view hub, const Connection& connection) {
  if (Webhook* webhook = find_system(hub, Event::Connected)) {
    tell(*webhook, hub, connection, {.event = "connected", .is_system = true, .body = "{}"});
  }
}

void Webhooks::tell_disconnected(std::string_view hub, const Connection& connection,
                                 std::string_view reason) {
  Webhook* webhook = find_system(hub, Event::Disconnected);
  if (webhook == nullptr) return;
  std::string body = R"({"reason":)";
  append_json_string(body, is_valid_utf8(reason) ? reason : "");
  if (const auto& session = connection.webhook_session(); session->is_mqtt()) {
    append_mqtt_ending(body, session->mqtt_ending.value_or(MqttEnding{}));
  }
  tell(*webhook, hub, connection, {.event = "disconnected", .is_system = true, .body = body + "}"});
}

}  // namespace webpubsub::hub
