// Connections that outlive their sockets, as clients of json.reliable.webpubsub.azure.v1 see them.

#include <gmock/gmock.h>

#include "hub/event_handler.h"
#include "hub_fixture.h"
#include "webpubsub/auth/roles.h"

namespace webpubsub::hub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class RecoveryTest : public HubFixture {
 protected:
  struct Client {
    std::unique_ptr<TestSocket> socket{};
    Connected connected{};
  };

  void start(HubOptions options = {}) { start_hub(std::move(options)); }

  Client connect_reliably(std::vector<std::string> groups = {}) {
    TokenClaims claims;
    claims.roles = {std::string(kJoinLeaveAny), std::string(kSendToAny)};
    claims.groups = std::move(groups);
    return opened(client_url(std::move(claims)));
  }
  Client opened(const std::string& url) {
    Client client{start_socket(url, kJsonReliableSubprotocol)};
    run_until([&] { return !client.socket->messages.empty() || client.socket->closed; });
    if (client.socket->messages.empty()) return client;
    const auto frame = json_codec().decode_downstream(client.socket->messages.front());
    if (const auto* connected = std::get_if<Connected>(&*frame)) client.connected = *connected;
    client.socket->messages.pop_front();
    return client;
  }
  std::string recovery_url(const std::string& id, const std::string& token,
                           const std::string& hub = "chat") {
    return "ws://127.0.0.1:" + std::to_string(hub_->port()) + "/client/hubs/" + hub +
           "?awps_connection_id=" + id + "&awps_reconnection_token=" + token;
  }
  Client recover(const Client& lost) {
    return opened(recovery_url(lost.connected.connection_id, lost.connected.reconnection_token));
  }
  /// Cuts the client's socket without a close frame.
  void cut(Client& client) { client.socket->socket.reset(); }

  void publish(TestSocket& sender, int first, int last) {
    for (int i = first; i <= last; ++i) {
      sender.send(R"({"type":"sendToGroup","group":"g","noEcho":true,"ackId":)" +
                  std::to_string(i) + R"(,"data":)" + std::to_string(i) + "}");
    }
    const std::size_t count = static_cast<std::size_t>(last - first + 1);
    run_until([&] { return sender.messages.size() >= count; });
    sender.messages.clear();
  }
  void expect_message(Client& client, int id, int data) {
    expect_next(*client.socket, R"({"sequenceId":)" + std::to_string(id) +
                                    R"(,"type":"message","from":"group","group":"g",)" +
                                    R"("dataType":"json","data":)" + std::to_string(data) + "}");
  }
  void expect_refused(const std::string& url) {
    auto socket = start_socket(url, kJsonReliableSubprotocol);
    run_until([&] { return socket->closed.has_value(); });
    EXPECT_TRUE(socket->open);
    EXPECT_EQ(socket->closed->code, 1008);
  }
};

TEST_F(RecoveryTest, EveryMessageHasANumberAndNothingElseHas) {
  start();
  auto client = connect_reliably({"g"});
  EXPECT_FALSE(client.connected.reconnection_token.empty());
  client.socket->send(R"({"type":"sendToGroup","group":"g","ackId":1,"data":1})");
  expect_message(client, 1, 1);
  expect_next(*client.socket, R"({"type":"ack","ackId":1,"success":true})");
  client.socket->send(R"({"type":"ping"})");
  expect_next(*client.socket, R"({"type":"pong"})");
  client.socket->send(R"({"type":"sendToGroup","group":"g","data":2})");
  expect_message(client, 2, 2);
}

TEST_F(RecoveryTest, WhatWasMissedComesInOrderAfterARecovery) {
  start();
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  publish(*sender.socket, 1, 3);
  for (int i = 1; i <= 3; ++i) expect_message(client, i, i);
  client.socket->send(R"({"type":"sequenceAck","sequenceId":2})");
  client.socket->send(R"({"type":"ping"})");
  expect_next(*client.socket, R"({"type":"pong"})");
  cut(client);
  publish(*sender.socket, 4, 50);

  auto again = recover(client);
  EXPECT_EQ(again.connected.connection_id, client.connected.connection_id);
  EXPECT_FALSE(again.connected.reconnection_token.empty());
  for (int i = 3; i <= 50; ++i) expect_message(again, i, i);
  publish(*sender.socket, 51, 51);
  expect_message(again, 51, 51);
  EXPECT_EQ(hub_->counters().recoveries, 1U);
  EXPECT_EQ(hub_->counters().connections, 2U);
}

TEST_F(RecoveryTest, AThousandMissedMessagesPassAQueueOfAThousand) {
  start();
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  cut(client);
  publish(*sender.socket, 1, 1000);
  auto again = recover(client);
  for (int i = 1; i <= 1000; ++i) expect_message(again, i, i);
}

TEST_F(RecoveryTest, WhoeverCannotProveItIsTurnedAwayAndHarmsNobody) {
  start();
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  cut(client);
  const auto& [id, user, token] = client.connected;
  expect_refused(recovery_url(id, "wrong"));
  expect_refused(recovery_url(id, std::string(token.size(), 'x')));
  expect_refused(recovery_url("unknown", token));
  expect_refused(recovery_url(id, token, "other"));
  publish(*sender.socket, 1, 1);
  auto again = recover(client);
  expect_message(again, 1, 1);
}

TEST_F(RecoveryTest, AnOldAccessTokenInTheUrlDoesNotMatter) {
  start();
  auto client = connect_reliably();
  cut(client);
  auto again =
      opened(recovery_url(client.connected.connection_id, client.connected.reconnection_token) +
             "&access_token=long-expired");
  EXPECT_EQ(again.connected.connection_id, client.connected.connection_id);
}

TEST_F(RecoveryTest, AfterTheWindowTheConnectionIsGone) {
  HubOptions options;
  options.recovery_window = 1ms;
  start(options);
  auto client = connect_reliably();
  cut(client);
  run_until([&] { return hub_->counters().connections == 0; });
  expect_refused(recovery_url(client.connected.connection_id, client.connected.reconnection_token));
}

TEST_F(RecoveryTest, AClientThatSaysGoodbyeIsGone) {
  start();
  auto client = connect_reliably();
  client.socket->socket->close(net::close_code::kNormal, "");
  run_until([&] { return client.socket->closed.has_value(); });
  run_until([&] { return hub_->counters().connections == 0; });
  expect_refused(recovery_url(client.connected.connection_id, client.connected.reconnection_token));
}

TEST_F(RecoveryTest, ANewSocketTakesOverFromOneThatIsStillThere) {
  start();
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  auto again = recover(client);
  run_until([&] { return client.socket->closed.has_value(); });
  publish(*sender.socket, 1, 1);
  expect_message(again, 1, 1);
  EXPECT_EQ(hub_->counters().connections, 2U);
}

TEST_F(RecoveryTest, AckIdsAreRememberedAcrossARecovery) {
  start();
  auto client = connect_reliably({"g"});
  client.socket->send(R"({"type":"sendToGroup","group":"g","ackId":7,"noEcho":true,"data":1})");
  expect_next(*client.socket, R"({"type":"ack","ackId":7,"success":true})");
  cut(client);
  auto again = recover(client);
  again.socket->send(R"({"type":"sendToGroup","group":"g","ackId":7,"noEcho":true,"data":1})");
  run_until([&] { return !again.socket->messages.empty(); });
  EXPECT_THAT(again.socket->messages.front(), HasSubstr(R"("name":"Duplicate")"));
}

TEST_F(RecoveryTest, AClientThatNeverAcknowledgesIsClosedForGood) {
  HubOptions options;
  options.max_retained_messages = 5;
  start(options);
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  publish(*sender.socket, 1, 6);
  run_until([&] { return client.socket->closed.has_value(); });
  EXPECT_EQ(client.socket->closed->code, 1008);
  EXPECT_EQ(client.socket->messages.size(), 5U);
  expect_refused(recovery_url(client.connected.connection_id, client.connected.reconnection_token));
}

TEST_F(RecoveryTest, OneThatIsAwayForTooMuchIsGoneToo) {
  HubOptions options;
  options.max_retained_bytes = 200;
  start(options);
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  cut(client);
  publish(*sender.socket, 1, 3);
  run_until([&] { return hub_->counters().connections == 1; });
  expect_refused(recovery_url(client.connected.connection_id, client.connected.reconnection_token));
}

/// Answers when told to.
class LateHandler : public EventHandler {
 public:
  void on_user_event(const ClientEvent&, EventResponder respond) override {
    pending = std::move(respond);
  }
  EventResponder pending{};
};

TEST_F(RecoveryTest, AnAnswerThatComesWhileTheClientIsAwayIsKept) {
  LateHandler handler;
  start();
  hub_->set_event_handler(&handler);
  auto client = connect_reliably();
  client.socket->send(R"({"type":"event","event":"ask","ackId":1,"data":1})");
  run_until([&] { return handler.pending != nullptr; });
  cut(client);
  handler.pending({.data = Data{DataType::Text, "late"}});
  auto again = recover(client);
  expect_next(
      *again.socket,
      R"({"sequenceId":1,"type":"message","from":"server","dataType":"text","data":"late"})");
  again.socket->send(R"({"type":"event","event":"ask","ackId":1,"data":1})");
  run_until([&] { return !again.socket->messages.empty(); });
  EXPECT_THAT(again.socket->messages.front(), HasSubstr(R"("name":"Duplicate")"));
  hub_->set_event_handler(nullptr);
}

TEST_F(RecoveryTest, WhatOutlivesItsTimeToLiveMeanwhileIsNotSentAgain) {
  start();
  auto client = connect_reliably({"g"});
  auto sender = connect_reliably();
  cut(client);
  const auto send = [&](const std::string& more, int data) {
    sender.socket->send(R"({"type":"sendToGroup","group":"g","ackId":)" + std::to_string(data) +
                        more + R"(,"data":)" + std::to_string(data) + "}");
    run_until([&] { return !sender.socket->messages.empty(); });
    sender.socket->messages.clear();
  };
  send(R"(,"ttlSeconds":1)", 1);
  send(R"(,"ttlSeconds":300)", 2);
  send("", 3);
  bool over = false;
  net::Timer timer(*loop_, [&] { over = true; });
  timer.start_after(1s);
  run_until([&] { return over; });
  auto again = recover(client);
  expect_message(again, 2, 2);
  expect_message(again, 3, 3);
  EXPECT_EQ(hub_->counters().messages_expired, 1U);
}

}  // namespace
}  // namespace webpubsub::hub
