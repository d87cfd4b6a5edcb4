#include "webpubsub/events/cloud_event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <rapidjson/document.h>

#include "base/base64.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

constexpr int kBadRequest = 400;
constexpr int kUnsupported = 415;
constexpr std::string_view kMetadataPrefix = "x-webpubsub-metadata-";
constexpr std::string_view kMqttPrefix = "mqtt-";
constexpr std::string_view kUserPrefix = "azure.webpubsub.user.";

Error wrong(std::string what, int status = kBadRequest) {
  return {Errc::InvalidArgument, std::move(what), status};
}

std::string lower(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

std::string header(const net::HttpRequest& request, std::string_view name) {
  return std::string(net::find_header(request.headers, name).value_or(""));
}

/// The headers that begin with `prefix`, by the rest of their names.
StringMap headers_after(const net::HttpRequest& request, std::string_view prefix) {
  StringMap found;
  for (const auto& [name, value] : request.headers) {
    std::string folded = lower(name);
    if (folded.size() > prefix.size() && folded.starts_with(prefix)) {
      found.emplace_back(folded.substr(prefix.size()), value);
    }
  }
  return found;
}

// ---- JSON ------------------------------------------------------------------------------------

using Json = rapidjson::Value;

const Json* member(const Json& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string text_of(const Json& value) {
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : std::string();
}

std::string text_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value == nullptr ? std::string() : text_of(*value);
}

std::vector<std::string> list_of(const Json& value) {
  if (!value.IsArray()) return {text_of(value)};
  std::vector<std::string> list;
  for (rapidjson::SizeType i = 0; i < value.Size(); ++i) list.push_back(text_of(value[i]));
  return list;
}

ValueMap map_member(const Json& object, const char* name) {
  ValueMap map;
  const Json* value = member(object, name);
  if (value == nullptr || !value->IsObject()) return map;
  for (auto at = value->MemberBegin(); at != value->MemberEnd(); ++at) {
    map.emplace_back(text_of(at->name), list_of(at->value));
  }
  return map;
}

/// [{"name":"n","value":"v"}]
StringMap properties_member(const Json& object) {
  StringMap properties;
  const Json* value = member(object, "userProperties");
  if (value == nullptr || !value->IsArray()) return properties;
  for (rapidjson::SizeType i = 0; i < value->Size(); ++i) {
    properties.emplace_back(text_member((*value)[i], "name"), text_member((*value)[i], "value"));
  }
  return properties;
}

/// Numbers are read as text.
int number_of(const Json& value) {
  const std::string text = text_of(value);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool bool_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value != nullptr && value->IsTrue();
}

/// An empty body is an empty object.
Result<rapidjson::Document> read_object(std::string_view body) {
  rapidjson::Document document;
  if (body.empty()) body = "{}";
  if (!is_valid_json(body)) return wrong("the body is not valid JSON");
  document.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(
      body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) {
    return wrong("the body is not a JSON object");
  }
  return document;
}

// ---- parts of events -------------------------------------------------------------------------

/// What somebody else put there, and is no JSON object, counts as nothing: as the official
/// middleware has it.
std::string decode_state(std::string_view text) {
  auto state = base64_decode(text);
  if (!state || !read_object(*state)) return "{}";
  return state->empty() ? "{}" : *std::move(state);
}

EventContext read_context(const net::HttpRequest& request) {
  EventContext context{.hub = header(request, "ce-hub"),
                       .connection_id = header(request, "ce-connectionid"),
                       .user_id = header(request, "ce-userid"),
                       .event = header(request, "ce-eventname"),
                       .id = header(request, "ce-id"),
                       .subprotocol = header(request, "ce-subprotocol"),
                       .origin = header(request, "webhook-request-origin"),
                       .state = decode_state(header(request, "ce-connectionstate")),
                       .metadata = headers_after(request, kMetadataPrefix),
                       .physical_connection_id = header(request, "ce-physicalconnectionid"),
                       .session_id = header(request, "ce-sessionid")};
  // The service names no subprotocol at MQTT's connect; the other header is MQTT's alone.
  context.is_mqtt = !context.physical_connection_id.empty();
  return context;
}

std::optional<MqttConnect> read_mqtt_connect(const Json& body) {
  const Json* mqtt = member(body, "mqtt");
  if (mqtt == nullptr) return std::nullopt;
  MqttConnect connect{.clean_start = bool_member(*mqtt, "cleanStart"),
                      .user_properties = properties_member(*mqtt)};
  if (const Json* version = member(*mqtt, "protocolVersion")) {
    connect.protocol_version = number_of(*version);
  }
  if (const Json* name = member(*mqtt, "username")) connect.username = text_of(*name);
  if (const Json* word = member(*mqtt, "password"))
    connect.password = base64_decode(text_of(*word));
  return connect;
}

Result<CloudEvent> read_connect(const net::HttpRequest& request) {
  auto document = read_object(request.body);
  if (!document) return document.error();
  const Json& body = *document;
  ConnectEvent event{.context = read_context(request),
                     .claims = map_member(body, "claims"),
                     .query = map_member(body, "query"),
                     .headers = map_member(body, "headers"),
                     .mqtt = read_mqtt_connect(body)};
  if (const Json* offered = member(body, "subprotocols")) event.subprotocols = list_of(*offered);
  const Json* certificates = member(body, "clientCertificates");
  for (rapidjson::SizeType i = 0;
       certificates != nullptr && certificates->IsArray() && i < certificates->Size(); ++i) {
    const Json& one = (*certificates)[i];
    event.certificates.push_back({text_member(one, "thumbprint"), text_member(one, "content")});
  }
  return CloudEvent(std::move(event));
}

Result<CloudEvent> read_disconnected(const net::HttpRequest& request) {
  auto document = read_object(request.body);
  if (!document) return document.error();
  const Json& body = *document;
  DisconnectedEvent event{.context = read_context(request), .reason = text_member(body, "reason")};
  if (const Json* mqtt = member(body, "mqtt")) {
    event.mqtt.emplace();
    event.mqtt->initiated_by_client = bool_member(*mqtt, "initiatedByClient");
    if (const Json* packet = member(*mqtt, "disconnectPacket")) {
      const Json* code = member(*packet, "code");
      event.mqtt->code = code == nullptr ? 0 : number_of(*code);
      event.mqtt->user_properties = properties_member(*packet);
    }
  }
  return CloudEvent(std::move(event));
}

Result<CloudEvent> read_group_event(const net::HttpRequest& request, bool joined) {
  auto document = read_object(request.body);
  if (!document) return document.error();
  return CloudEvent(GroupEvent{.context = read_context(request),
                               .group = text_member(*document, "group"),
                               .joined = joined});
}

std::optional<DataType> data_type_of(std::string_view content_type) {
  std::string media(content_type.substr(0, content_type.find(';')));
  while (media.ends_with(' ')) media.pop_back();
  media = lower(media);
  if (media == "text/plain") return DataType::Text;
  if (media == "application/json") return DataType::Json;
  if (media == "application/octet-stream") return DataType::Binary;
  if (media == "application/x-protobuf") return DataType::Protobuf;
  return std::nullopt;
}

Result<CloudEvent> read_user_event(const net::HttpRequest& request) {
  UserEvent event{.context = read_context(request),
                  .content_type = header(request, "content-type")};
  auto type = data_type_of(event.content_type);
  if (event.context.is_mqtt) {
    event.mqtt_user_properties = headers_after(request, kMqttPrefix);
    if (!type) type = DataType::Binary;
  }
  if (!type) return wrong("no event comes as '" + event.content_type + "'", kUnsupported);
  if (*type == DataType::Json && !is_valid_json(request.body)) {
    return wrong("the body is not valid JSON");
  }
  event.data = {*type, request.body};
  return CloudEvent(std::move(event));
}

}  // namespace

Result<CloudEvent> parse_cloud_event(const net::HttpRequest& request) {
  constexpr std::array<std::string_view, 5> kNeeded = {"ce-awpsversion", "ce-type", "ce-hub",
                                                       "ce-connectionId", "ce-eventName"};
  for (const std::string_view name : kNeeded) {
    if (header(request, name).empty()) {
      return wrong("the header " + std::string(name) + " is missing");
    }
  }
  const std::string type = header(request, "ce-type");
  if (type.starts_with(kUserPrefix)) return read_user_event(request);
  if (type == "azure.webpubsub.sys.connect") return read_connect(request);
  if (type == "azure.webpubsub.sys.connected") {
    return CloudEvent(ConnectedEvent{read_context(request)});
  }
  if (type == "azure.webpubsub.sys.disconnected") return read_disconnected(request);
  if (type == "azure.webpubsub.gp.joined") return read_group_event(request, true);
  if (type == "azure.webpubsub.gp.left") return read_group_event(request, false);
  return wrong("ce-type names no event of Web PubSub");
}

}  // namespace webpubsub
