#include "hub/hub.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/dashboard_access.h"
#include "hub/event_handler.h"
#include "hub_fixture.h"
#include "tests/support/certificates.h"

namespace webpubsub::hub {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPong = R"({"type":"pong"})";

/// Keeps the answers until the test gives them.
class PatientHandler : public EventHandler {
 public:
  void on_user_event(const ClientEvent& event, EventResponder respond) override {
    seen.emplace_back(std::string(event.event) + ":" + event.data.bytes);
    waiting.push_back(std::move(respond));
  }
  std::vector<std::string> seen;
  std::vector<EventResponder> waiting;
};

class HubTest : public HubFixture {};

std::string start_error(net::EventLoop& loop, Log& log, HubOptions options) {
  options.port = 0;
  const auto hub = Hub::start(loop, std::move(options), log);
  return hub ? "" : hub.error().message;
}

TEST_F(HubTest, RefusesToServeOthersWithoutTlsAndAKeyOfItsOwn) {
  EXPECT_THAT(start_error(*loop_, log_, {.address = "0.0.0.0"}), HasSubstr("needs TLS"));
  EXPECT_THAT(start_error(*loop_, log_,
                          {.address = "0.0.0.0", .access_keys = {Secret(std::string(44, 'k'))}}),
              HasSubstr("needs TLS"));
  EXPECT_THAT(start_error(*loop_, log_,
                          {.address = "0.0.0.0",
                           .tls = {.certificate_file = "c.pem", .key_file = "k.pem"},
                           .access_keys = {Secret(std::string(kLocalAccessKey))}}),
              HasSubstr("needs TLS and an access key of its own"));
}

TEST_F(HubTest, RefusesWhatCannotWork) {
  EXPECT_THAT(start_error(*loop_, log_, {.access_keys = {Secret("short")}}), HasSubstr("32"));
  EXPECT_THAT(start_error(*loop_, log_, {.dashboard_hub = "1"}), HasSubstr("hub name"));
  EXPECT_THAT(start_error(*loop_, log_, {.address = "127.0.0.300"}), testing::Not(""));
}

TEST_F(HubTest, SaysWhereItListens) {
  start_hub();
  EXPECT_EQ(hub_->endpoint(), "http://127.0.0.1:" + std::to_string(hub_->port()));
  const auto parsed = parse_connection_string(hub_->connection_string().reveal());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->endpoint, hub_->endpoint());
  EXPECT_EQ(parsed->access_key.reveal(), kLocalAccessKey);
}

TEST_F(HubTest, PortInUseIsAnErrorNotASilentHub) {
  start_hub();
  HubOptions options;
  options.port = hub_->port();
  const auto second = Hub::start(*loop_, options, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::Io);
}

TEST_F(HubTest, ServesOverTls) {
  gateway::support::TestAuthority authority;
  const auto pair = authority.issue("IP:127.0.0.1");
  start_hub({.tls = {.certificate_file = pair.certificate_file, .key_file = pair.key_file}});
  EXPECT_EQ(hub_->endpoint(), "https://127.0.0.1:" + std::to_string(hub_->port()));
  TestSocket client;
  const std::string url = "wss" + client_url({.user_id = "ann"}).substr(2);
  auto socket = net::connect_websocket(*loop_,
                                       {.url = url,
                                        .subprotocol = std::string(kJsonSubprotocol),
                                        .tls = {.ca_file = authority.ca_file()}},
                                       client);
  ASSERT_TRUE(socket);
  client.socket = std::move(*socket);
  run_until([&] { return !client.messages.empty() || client.closed; });
  ASSERT_FALSE(client.messages.empty());
  EXPECT_THAT(client.messages.front(), HasSubstr(R"("userId":"ann")"));
}

TEST(IsLoopback, KnowsAddressesFromNames) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:8080", "127.8.9.10", "::1", "[::1]:8080",
                              "::ffff:127.0.0.1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(is_loopback(address)) << address;
  }
  for (const char* address : {"", "localhost", "127.example.org", "10.0.0.1", "0.0.0.0",
                              "::", "[::2]:80", "::ffff:10.0.0.1", "[::1", "1127.0.0.1"}) {
    EXPECT_FALSE(is_loopback(address)) << address;
  }
}

TEST_F(HubTest, CountsConnectionsMessagesAndDeliveries) {
  start_hub();
  const auto a = connect({.roles = {"webpubsub.sendToGroup"}, .groups = {"g"}});
  const auto b = connect({.groups = {"g"}});
  a->send(R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x"})");
  expect_next(*b, R"({"type":"message","from":"group","group":"g","dataType":"text","data":"x"})");
  EXPECT_EQ(hub_->counters().connections, 2U);
  EXPECT_EQ(hub_->counters().messages_in, 1U);
  EXPECT_EQ(hub_->counters().deliveries, 2U);
  b->socket->close(net::close_code::kNormal, "");
  run_until([&] { return hub_->counters().connections == 1; });
  EXPECT_EQ(hub_->counters().connections_total, 2U);
}

TEST_F(HubTest, ConnectionsBeyondTheLimitAreRefused) {
  start_hub({.limits = {.max_connections = 1}});
  const auto first = connect();
  const auto second = start_socket(client_url({}), kJsonSubprotocol);
  run_until([&] { return second->closed.has_value(); });
  ASSERT_TRUE(second->closed->error);
  EXPECT_EQ(second->closed->error->service_code, 429);
  EXPECT_EQ(hub_->counters().rejected_handshakes, 1U);
}

TEST_F(HubTest, FramesWaitBehindAnEventUntilItIsAnswered) {
  PatientHandler handler;
  start_hub();
  hub_->set_event_handler(&handler);
  const auto client = connect();
  client->send(R"({"type":"event","event":"one","ackId":1,"dataType":"text","data":"x"})");
  client->send(R"({"type":"ping"})");
  client->send(R"({"type":"event","event":"two","ackId":2,"dataType":"text","data":"y"})");
  run_until([&] { return handler.seen.size() == 1; });
  EXPECT_TRUE(client->messages.empty());

  handler.waiting[0]({.data = Data{DataType::Text, "answer"}});
  expect_next(*client, R"({"type":"message","from":"server","dataType":"text","data":"answer"})");
  expect_next(*client, R"({"type":"ack","ackId":1,"success":true})");
  expect_next(*client, std::string(kPong));
  run_until([&] { return handler.seen.size() == 2; });
  EXPECT_EQ(handler.seen[1], "two:y");
  handler.waiting[1]({.success = false});
  run_until([&] { return !client->messages.empty(); });
  EXPECT_THAT(client->messages.front(), HasSubstr("InternalServerError"));
}

TEST_F(HubTest, SecondAnswerToAnEventIsIgnored) {
  PatientHandler handler;
  start_hub();
  hub_->set_event_handler(&handler);
  const auto client = connect();
  client->send(R"({"type":"event","event":"one","ackId":1,"dataType":"text","data":"x"})");
  run_until([&] { return handler.seen.size() == 1; });
  handler.waiting[0]({});
  handler.waiting[0]({});
  expect_next(*client, R"({"type":"ack","ackId":1,"success":true})");
  client->send(R"({"type":"ping"})");
  expect_next(*client, std::string(kPong));
}

TEST_F(HubTest, AnswerThatComesAfterTheClientLeftGoesNowhere) {
  PatientHandler handler;
  start_hub();
  hub_->set_event_handler(&handler);
  auto client = connect();
  client->send(R"({"type":"event","event":"one","ackId":1,"dataType":"text","data":"x"})");
  run_until([&] { return handler.seen.size() == 1; });
  client.reset();
  const auto other = connect();
  hub_.reset();
  handler.waiting[0]({.data = Data{DataType::Text, "late"}});
}

TEST_F(HubTest, GoesAwayWithItsClientsConnected) {
  start_hub();
  const auto client = connect({.user_id = "ann", .groups = {"g"}});
  hub_.reset();
  run_until([&] { return client->closed.has_value(); });
}

TEST_F(HubTest, ClientThatDoesNotReadIsClosedAndCounted) {
  start_hub({.limits = {.max_queued_bytes = 200'000}});
  const auto slow = connect({.groups = {"g"}});
  const auto sender = connect({.roles = {"webpubsub.sendToGroup"}});
  slow->socket->pause_reading(true);
  const std::string frame = R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" +
                            std::string(100'000, 'x') + "\"}";
  run_until([&] {
    if (sender->socket->queued_messages() < 4) sender->send(frame);
    return hub_->counters().slow_clients_closed == 1;
  });
  EXPECT_EQ(hub_->counters().connections, 1U);
  EXPECT_NE(std::find(sink_.events.begin(), sink_.events.end(), "hub.slow_client"),
            sink_.events.end());
}

TEST_F(HubTest, RefusedTokensAndMalformedFramesStayOneLogLine) {
  start_hub();
  for (int i = 0; i < 5; ++i) {
    const auto stranger = start_socket(
        "ws://127.0.0.1:" + std::to_string(hub_->port()) + "/client/hubs/chat", kJsonSubprotocol);
    run_until([&] { return stranger->closed.has_value(); });
    const auto clumsy = connect();
    clumsy->send("{");
    run_until([&] { return clumsy->closed.has_value(); });
    EXPECT_EQ(clumsy->closed->code, net::close_code::kInvalidPayload);
  }
  EXPECT_EQ(hub_->counters().rejected_handshakes, 5U);
  EXPECT_EQ(hub_->counters().malformed_frames, 5U);
  for (const char* event : {"hub.handshake_rejected", "hub.malformed_frame"}) {
    EXPECT_EQ(std::count(sink_.events.begin(), sink_.events.end(), event), 1) << event;
  }
}

}  // namespace
}  // namespace webpubsub::hub
