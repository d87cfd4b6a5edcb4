// What is read out of a webhook request, and what an answer becomes.

#include "webpubsub/events/cloud_event.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "event_request.h"
#include "webpubsub/events/event_reply.h"

namespace webpubsub {
namespace {

template <class Event>
Event parse_as(const net::HttpRequest& request) {
  auto event = parse_cloud_event(request);
  EXPECT_TRUE(event) << event.error().message;
  EXPECT_TRUE(std::holds_alternative<Event>(*event));
  return std::get<Event>(*std::move(event));
}

int status_of_failure(const net::HttpRequest& request) {
  const auto event = parse_cloud_event(request);
  EXPECT_FALSE(event);
  return event ? 0 : event.error().service_code;
}

std::string header_of(const net::HttpResponse& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or("(none)"));
}

TEST(CloudEvent, ConnectTellsEverythingAboutTheClient) {
  auto request = event_request("sys.connect", R"({
    "claims":{"sub":["ann"],"role":["a","b"]},"query":{"site":["7","8"]},
    "headers":{"User-Agent":["x"]},"subprotocols":["json.webpubsub.azure.v1"],
    "clientCertificates":[{"thumbprint":"3ce9","content":"PEM"}]})");
  const auto event = parse_as<ConnectEvent>(request);
  EXPECT_EQ(event.context.hub, "Chat");
  EXPECT_EQ(event.context.connection_id, "c1");
  EXPECT_EQ(event.context.user_id, "ann");
  EXPECT_EQ(event.context.event, "connect");
  EXPECT_EQ(event.context.id, "3");
  EXPECT_EQ(event.context.origin, "name.webpubsub.azure.com");
  EXPECT_EQ(event.context.state, "{}");
  EXPECT_FALSE(event.context.is_mqtt);
  EXPECT_EQ(event.claims, (ValueMap{{"sub", {"ann"}}, {"role", {"a", "b"}}}));
  EXPECT_EQ(event.query, (ValueMap{{"site", {"7", "8"}}}));
  EXPECT_EQ(event.headers, (ValueMap{{"User-Agent", {"x"}}}));
  EXPECT_EQ(event.subprotocols, std::vector<std::string>{"json.webpubsub.azure.v1"});
  ASSERT_EQ(event.certificates.size(), 1U);
  EXPECT_EQ(event.certificates[0].thumbprint, "3ce9");
  EXPECT_EQ(event.certificates[0].content, "PEM");
  EXPECT_FALSE(event.mqtt);
}

TEST(CloudEvent, MqttConnectHasThePacketsFields) {
  auto request = event_request("sys.connect", R"({"claims":{},"subprotocols":["mqtt"],
    "mqtt":{"protocolVersion":5,"cleanStart":true,"username":"u","password":"cGFzcw==",
            "userProperties":[{"name":"n","value":"v"}]}})");
  set_header(request, "ce-physicalConnectionId", "p1");
  const auto event = parse_as<ConnectEvent>(request);
  EXPECT_TRUE(event.context.is_mqtt);
  EXPECT_EQ(event.context.physical_connection_id, "p1");
  ASSERT_TRUE(event.mqtt);
  EXPECT_EQ(event.mqtt->protocol_version, 5);
  EXPECT_TRUE(event.mqtt->clean_start);
  EXPECT_EQ(event.mqtt->username, "u");
  EXPECT_EQ(event.mqtt->password, "pass");
  EXPECT_EQ(event.mqtt->user_properties, (StringMap{{"n", "v"}}));
}

TEST(CloudEvent, MqttDisconnectedTellsWhoEndedIt) {
  auto request = event_request("sys.disconnected", R"({"reason":"bye","mqtt":{
    "initiatedByClient":true,"disconnectPacket":{"code":4,"userProperties":[{"name":"n","value":"v"}]}}})");
  set_header(request, "ce-physicalConnectionId", "p1");
  set_header(request, "ce-sessionId", "s1");
  const auto event = parse_as<DisconnectedEvent>(request);
  EXPECT_EQ(event.reason, "bye");
  EXPECT_EQ(event.context.session_id, "s1");
  ASSERT_TRUE(event.mqtt);
  EXPECT_TRUE(event.mqtt->initiated_by_client);
  EXPECT_EQ(event.mqtt->code, 4);
  EXPECT_EQ(event.mqtt->user_properties, (StringMap{{"n", "v"}}));

  request.body = R"({"reason":null,"mqtt":{"initiatedByClient":false,"disconnectPacket":null}})";
  const auto lost = parse_as<DisconnectedEvent>(request);
  EXPECT_EQ(lost.reason, "");
  EXPECT_FALSE(lost.mqtt->initiated_by_client);
  EXPECT_FALSE(lost.mqtt->code);
}

TEST(CloudEvent, ConnectedDisconnectedAndGroups) {
  EXPECT_EQ(parse_as<ConnectedEvent>(event_request("sys.connected", "{}")).context.event,
            "connected");
  EXPECT_EQ(parse_as<DisconnectedEvent>(event_request("sys.disconnected", "")).reason, "");
  const auto joined = parse_as<GroupEvent>(event_request("gp.joined", R"({"group":"g"})"));
  EXPECT_EQ(joined.group, "g");
  EXPECT_TRUE(joined.joined);
  EXPECT_FALSE(parse_as<GroupEvent>(event_request("gp.left", R"({"group":"g"})")).joined);
}

TEST(CloudEvent, UserEventsKeepTheirBytesAndType) {
  const auto type_of = [](const std::string& content_type, const std::string& body) {
    const auto event = parse_as<UserEvent>(event_request("user.message", body, content_type));
    EXPECT_EQ(event.data.bytes, body);
    return event.data.type;
  };
  EXPECT_EQ(type_of("text/plain; charset=utf-8", "hi"), DataType::Text);
  EXPECT_EQ(type_of("text/plain", ""), DataType::Text);
  EXPECT_EQ(type_of("Application/JSON", R"({"n":1.50})"), DataType::Json);
  EXPECT_EQ(type_of("application/octet-stream", std::string("\0\xff", 2)), DataType::Binary);
  EXPECT_EQ(type_of("application/x-protobuf", "any"), DataType::Protobuf);
}

TEST(CloudEvent, StateAndMetadataComeWithAUserEvent) {
  auto request = event_request("user.message", "1");
  set_header(request, "ce-connectionState", base64_encode(R"({"room":7})"));
  set_header(request, "X-WebPubSub-Metadata-Trace", "t1");
  const auto event = parse_as<UserEvent>(request);
  EXPECT_EQ(event.context.state, R"({"room":7})");
  EXPECT_EQ(event.context.metadata, (StringMap{{"trace", "t1"}}));
  // Somebody else's state that is no JSON object is nothing to us, as to the official middleware.
  for (const char* foreign : {"plain words", "WzFd" /* [1] */, "e30" /* unpadded */}) {
    set_header(request, "ce-connectionState", foreign);
    EXPECT_EQ(parse_as<UserEvent>(request).context.state, "{}") << foreign;
  }
}

TEST(CloudEvent, MqttUserEventsMayHaveAnyContentType) {
  auto request = event_request("user.telemetry", "x=1", "application/senml+cbor");
  EXPECT_EQ(status_of_failure(request), 415);
  set_header(request, "ce-physicalConnectionId", "p1");
  set_header(request, "MQTT-Unit", "Cel");
  const auto event = parse_as<UserEvent>(request);
  EXPECT_EQ(event.data, (Data{DataType::Binary, "x=1"}));
  EXPECT_EQ(event.content_type, "application/senml+cbor");
  EXPECT_EQ(event.mqtt_user_properties, (StringMap{{"unit", "Cel"}}));
}

TEST(CloudEvent, WhatIsMissingOrBrokenIsNamed) {
  for (const char* name :
       {"ce-awpsversion", "ce-type", "ce-hub", "ce-connectionId", "ce-eventName"}) {
    auto request = event_request("sys.connect", "{}");
    remove_header(request, name);
    const auto event = parse_cloud_event(request);
    ASSERT_FALSE(event) << name;
    EXPECT_EQ(event.error().service_code, 400);
    EXPECT_NE(event.error().message.find(name), std::string::npos);
  }
  EXPECT_EQ(status_of_failure(event_request("sys.unknown", "{}")), 400);
  for (const char* body : {"[]", "{", "\xff", "1", "{\"a\":\"\\ud800\"}"}) {
    EXPECT_EQ(status_of_failure(event_request("sys.connect", body)), 400) << body;
  }
  EXPECT_EQ(status_of_failure(event_request("user.message", "{")), 400);
  EXPECT_EQ(status_of_failure(event_request("user.message", "x", "")), 415);
}

TEST(CloudEvent, OddShapesInAConnectAreReadAsFarAsTheyGo) {
  const auto event = parse_as<ConnectEvent>(event_request(
      "sys.connect",
      R"({"claims":{"one":"bare","n":[1,true,null]},"query":[],"subprotocols":null,"mqtt":7,
          "clientCertificates":{"a":1}})"));
  EXPECT_EQ(event.claims, (ValueMap{{"one", {"bare"}}, {"n", {"1", "", ""}}}));
  EXPECT_TRUE(event.query.empty());
  EXPECT_TRUE(event.subprotocols.empty());
  EXPECT_TRUE(event.certificates.empty());
}

TEST(EventReply, AnApprovalSaysOnlyWhatIsGiven) {
  EXPECT_EQ(to_response(ConnectApproval{}).status, 204);
  const auto full = to_response(ConnectApproval{.user_id = "b\"ob",
                                                .groups = {"g1", "g2"},
                                                .roles = std::vector<std::string>{},
                                                .subprotocol = "custom",
                                                .state = R"({"a":1})",
                                                .mqtt_user_properties = {{"n", "v"}}});
  EXPECT_EQ(full.status, 200);
  EXPECT_EQ(full.body,
            R"({"userId":"b\"ob","groups":["g1","g2"],"roles":[],"subprotocol":"custom",)"
            R"("mqtt":{"userProperties":[{"name":"n","value":"v"}]}})");
  EXPECT_EQ(header_of(full, "ce-connectionState"), base64_encode(R"({"a":1})"));
  EXPECT_EQ(to_response(ConnectApproval{.user_id = ""}).body, R"({"userId":""})");
}

TEST(EventReply, ARepliesTypeIsItsContentType) {
  EXPECT_EQ(to_response(UserEventReply{}).status, 204);
  const auto type_of = [](DataType type, const std::string& bytes) {
    const auto response = to_response(UserEventReply{.data = Data{type, bytes}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, bytes);
    return header_of(response, "Content-Type");
  };
  EXPECT_EQ(type_of(DataType::Text, "hi"), "text/plain; charset=utf-8");
  EXPECT_EQ(type_of(DataType::Json, "{\"a\":1}"), "application/json; charset=utf-8");
  EXPECT_EQ(type_of(DataType::Binary, std::string("\0", 1)), "application/octet-stream");
  EXPECT_EQ(type_of(DataType::Protobuf, "any"), "application/x-protobuf");
  const auto state = to_response(UserEventReply{.state = "", .mqtt_user_properties = {{"n", "v"}}});
  EXPECT_EQ(header_of(state, "ce-connectionState"), "") << "an empty value clears";
  EXPECT_EQ(header_of(state, "mqtt-n"), "v");
}

TEST(EventReply, WhatTheServiceCouldNotReadBecomesAServerError) {
  EXPECT_EQ(to_response(UserEventReply{.data = Data{DataType::Json, "{"}}).status, 500);
  EXPECT_EQ(to_response(UserEventReply{.state = "words"}).status, 500);
  EXPECT_EQ(to_response(ConnectApproval{.state = "[1]"}).status, 500);
}

TEST(EventReply, RefusalsOfMqttClientsCarryTheirCode) {
  EXPECT_EQ(refusal(401, "who are you", 0).body, "who are you");
  EXPECT_EQ(refusal(200, "", 0).status, 500);
  EXPECT_EQ(refusal(401, "no", 5).body, R"({"mqtt":{"code":135,"reason":"no"}})");
  EXPECT_EQ(refusal(401, "", 4).body, R"({"mqtt":{"code":5}})");
  EXPECT_EQ(refusal(400, "", 4).body, R"({"mqtt":{"code":4}})");
  EXPECT_EQ(refusal(500, "", 5).body, R"({"mqtt":{"code":128}})");
  const auto banned =
      to_response(MqttRejection{.code = 0x8A, .reason = "banned", .user_properties = {{"n", "v"}}});
  EXPECT_EQ(banned.status, 403);
  EXPECT_EQ(
      banned.body,
      R"({"mqtt":{"code":138,"reason":"banned","userProperties":[{"name":"n","value":"v"}]}})");
  const auto status_of = [](int code) { return to_response(MqttRejection{.code = code}).status; };
  EXPECT_EQ(status_of(1), 400);
  EXPECT_EQ(status_of(3), 503);
  EXPECT_EQ(status_of(5), 401);
  EXPECT_EQ(status_of(0x87), 401);
  EXPECT_EQ(status_of(0x97), 429);
  EXPECT_EQ(status_of(0x85), 400);
  EXPECT_EQ(status_of(0x80), 500);
  EXPECT_EQ(status_of(77), 500);
}

}  // namespace
}  // namespace webpubsub
