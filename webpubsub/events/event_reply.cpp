#include "webpubsub/events/event_reply.h"

#include <utility>

#include "base/base64.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kTooMany = 429;
constexpr int kServerError = 500;
constexpr int kUnavailable = 503;
constexpr int kMqtt311 = 4;
constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kText = "text/plain; charset=utf-8";

net::HttpResponse broken(std::string_view what) {
  return {.status = kServerError, .headers = {{"Content-Type", kText}}, .body = std::string(what)};
}

bool is_object(std::string_view json) { return scan_json_object(json, {}, {}) == JsonScan::Found; }

/// False for a state that is not a JSON object.
bool set_state(net::HttpResponse& response, const std::optional<std::string>& state) {
  if (!state) return true;
  if (!state->empty() && !is_object(*state)) return false;
  response.headers.emplace_back("ce-connectionState", base64_encode(*state));
  return true;
}

/// Objects member by member, commas between them.
class JsonObject {
 public:
  std::string& member(std::string_view name) {
    text_ += text_.size() > 1 ? "," : "";
    append_json_string(text_, name);
    text_ += ':';
    return text_;
  }
  void add(std::string_view name, std::string_view value) {
    append_json_string(member(name), value);
  }
  void add(std::string_view name, const std::vector<std::string>& values) {
    std::string& out = member(name);
    out += '[';
    for (const std::string& value : values) {
      if (out.back() != '[') out += ',';
      append_json_string(out, value);
    }
    out += ']';
  }
  void add(std::string_view name, const StringMap& properties) {
    std::string& out = member(name);
    out += '[';
    for (const auto& [key, value] : properties) {
      if (out.back() != '[') out += ',';
      JsonObject one;
      one.add("name", std::string_view(key));
      one.add("value", std::string_view(value));
      out += std::move(one).text();
    }
    out += ']';
  }
  bool empty() const { return text_.size() == 1; }
  std::string text() && { return std::move(text_) + "}"; }

 private:
  std::string text_ = "{";
};

net::HttpResponse mqtt_response(int status, const MqttRejection& rejection) {
  JsonObject mqtt;
  mqtt.member("code") += std::to_string(rejection.code);
  if (!rejection.reason.empty()) mqtt.add("reason", std::string_view(rejection.reason));
  if (!rejection.user_properties.empty()) mqtt.add("userProperties", rejection.user_properties);
  JsonObject body;
  body.member("mqtt") += std::move(mqtt).text();
  return {.status = status, .headers = {{"Content-Type", kJson}}, .body = std::move(body).text()};
}

// The codes are those of MQTT 3.1.1, section 3.2.2.3, and MQTT 5.0, section 3.2.2.2; which status
// they belong to is the official middleware's.
int status_of_mqtt(int code) {
  switch (code) {
    case 1:     // unacceptable protocol version
    case 2:     // identifier rejected
    case 0x81:  // malformed packet
    case 0x83:  // implementation specific error
    case 0x84:  // unsupported protocol version
    case 0x85:  // client identifier not valid
    case 0x8C:  // bad authentication method
    case 0x90:  // topic name invalid
    case 0x95:  // packet too large
    case 0x99:  // payload format invalid
    case 0x9A:  // retain not supported
    case 0x9B:  // QoS not supported
      return kBadRequest;
    case 3:  // server unavailable
      return kUnavailable;
    case 4:     // bad user name or password
    case 5:     // not authorized
    case 0x86:  // bad user name or password
    case 0x87:  // not authorized
      return kUnauthorized;
    case 0x8A:  // banned
      return kForbidden;
    case 0x97:  // quota exceeded
    case 0x9F:  // connection rate exceeded
      return kTooMany;
    default:
      return kServerError;
  }
}

int mqtt_of_status(int status, int version) {
  constexpr int kNotAuthorized311 = 5;
  constexpr int kBadPassword311 = 4;
  constexpr int kUnavailable311 = 3;
  constexpr int kNotAuthorized5 = 0x87;
  constexpr int kBadPassword5 = 0x86;
  constexpr int kUnspecified5 = 0x80;
  const bool old = version == kMqtt311;
  if (status == kBadRequest) return old ? kBadPassword311 : kBadPassword5;
  if (status == kUnauthorized) return old ? kNotAuthorized311 : kNotAuthorized5;
  return old ? kUnavailable311 : kUnspecified5;
}

const char* content_type_of(DataType type) {
  switch (type) {
    case DataType::Json:
      return kJson;
    case DataType::Text:
      return kText;
    case DataType::Protobuf:
      return "application/x-protobuf";
    case DataType::Binary:
      break;
  }
  return "application/octet-stream";
}

}  // namespace

net::HttpResponse to_response(const ConnectApproval& approval) {
  JsonObject body;
  if (approval.user_id) body.add("userId", std::string_view(*approval.user_id));
  if (!approval.groups.empty()) body.add("groups", approval.groups);
  if (approval.roles) body.add("roles", *approval.roles);
  if (!approval.subprotocol.empty()) {
    body.add("subprotocol", std::string_view(approval.subprotocol));
  }
  if (!approval.mqtt_user_properties.empty()) {
    JsonObject mqtt;
    mqtt.add("userProperties", approval.mqtt_user_properties);
    body.member("mqtt") += std::move(mqtt).text();
  }
  net::HttpResponse response{.status = kNoContent};
  if (!body.empty()) {
    response.status = kOk;
    response.headers.emplace_back("Content-Type", kJson);
    response.body = std::move(body).text();
  }
  return set_state(response, approval.state) ? response : broken("the state is no JSON object");
}

net::HttpResponse to_response(const MqttRejection& rejection) {
  return mqtt_response(status_of_mqtt(rejection.code), rejection);
}

net::HttpResponse to_response(const UserEventReply& reply) {
  net::HttpResponse response{.status = kNoContent};
  if (reply.data) {
    if (reply.data->type == DataType::Json && !is_valid_json(reply.data->bytes)) {
      return broken("the reply is not valid JSON");
    }
    response.status = kOk;
    response.headers.emplace_back("Content-Type", content_type_of(reply.data->type));
    response.body = reply.data->bytes;
  }
  for (const auto& [name, value] : reply.mqtt_user_properties) {
    response.headers.emplace_back("mqtt-" + name, value);
  }
  return set_state(response, reply.state) ? response : broken("the state is no JSON object");
}

net::HttpResponse refusal(int status, std::string_view detail, int mqtt_version) {
  constexpr int kLast = 599;
  if (status < kBadRequest || status > kLast) status = kServerError;
  if (mqtt_version != 0) {
    return mqtt_response(
        status, {.code = mqtt_of_status(status, mqtt_version), .reason = std::string(detail)});
  }
  return {.status = status, .headers = {{"Content-Type", kText}}, .body = std::string(detail)};
}

}  // namespace webpubsub
