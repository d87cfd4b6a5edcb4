// Sockets that go in the middle of things; these tests speak under a sanitizer.

#include <gtest/gtest.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

class LifetimeTest : public ::testing::Test {
 protected:
  void turn() {
    for (int i = 0; i < 10; ++i) loop->run_once(2ms);
  }
  void open() {
    connect(loop, client, server.url("ws"));
    ASSERT_TRUE(loop.until([&] { return client.opened && !server.sockets.empty(); }));
  }
  Recorder& accepted() { return *server.sockets.front(); }
  /// Destroys the client's socket and says that it happened.
  std::function<void()> destroy_client() {
    return [this] {
      client.socket.reset();
      destroyed = true;
    };
  }
  std::function<void()> destroy_accepted() {
    return [this] {
      accepted().socket.reset();
      destroyed = true;
    };
  }
  void expect_client_gone_silently() {
    ASSERT_TRUE(loop.until([&] { return destroyed; }));
    turn();
    EXPECT_EQ(client.closes, 0);
    ASSERT_TRUE(loop.until([&] { return accepted().closed.has_value(); }));
    EXPECT_EQ(accepted().closed->code, close_code::kAbnormal);
  }
  void expect_accepted_gone_silently() {
    ASSERT_TRUE(loop.until([&] { return destroyed; }));
    turn();
    EXPECT_EQ(accepted().closes, 0);
    ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
    EXPECT_EQ(client.closed->code, close_code::kAbnormal);
  }

  bool destroyed = false;
  Loop loop;
  TestServer server{loop};
  Recorder client;
};

TEST_F(LifetimeTest, ClientGoesRightAfterItWasMade) {
  connect(loop, client, server.url("ws"));
  client.socket.reset();
  turn();
  EXPECT_EQ(client.closes, 0);
}

TEST_F(LifetimeTest, ClientGoesAtEveryLapOfAnAttempt) {
  for (int laps = 1; laps < 8; ++laps) {
    connect(loop, client, "ws://localhost:" + std::to_string(server.port()) + "/");
    for (int i = 0; i < laps; ++i) loop->run_once(1ms);
    client.socket.reset();
    turn();
    EXPECT_EQ(client.closes, 0);
  }
}

TEST_F(LifetimeTest, ClientGoesInOnOpen) {
  client.on_open_do = destroy_client();
  connect(loop, client, server.url("ws"));
  expect_client_gone_silently();
}

TEST_F(LifetimeTest, ClientGoesInOnMessage) {
  open();
  client.on_message_do = [this](MessageType, std::string_view) { destroy_client()(); };
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(accepted().socket->send(MessageType::Text, "x"), Offer::Accepted);
  expect_client_gone_silently();
  EXPECT_EQ(client.messages.size(), 1U);
}

TEST_F(LifetimeTest, ClientGoesInOnMessageOfManyFragments) {
  open();
  client.on_message_do = [this](MessageType, std::string_view) { destroy_client()(); };
  EXPECT_EQ(accepted().socket->send(MessageType::Binary, std::string(500'000, 'x')),
            Offer::Accepted);
  expect_client_gone_silently();
}

TEST_F(LifetimeTest, ClientGoesInOnSent) {
  open();
  client.on_sent_do = destroy_client();
  EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Accepted);
  expect_client_gone_silently();
}

TEST_F(LifetimeTest, ClientGoesInOnSentBeforeItsClose) {
  open();
  client.on_sent_do = destroy_client();
  EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Accepted);
  client.socket->close(1000, "");
  expect_client_gone_silently();
}

TEST_F(LifetimeTest, ClientGoesInOnPong) {
  open();
  client.on_pong_do = destroy_client();
  client.socket->ping();
  expect_client_gone_silently();
}

TEST_F(LifetimeTest, ClientGoesInOnDrain) {
  connect_with(loop, client, {.url = server.url("ws"), .max_queued_messages = 1});
  ASSERT_TRUE(loop.until([&] { return client.opened && !server.sockets.empty(); }));
  client.on_drain_do = destroy_client();
  EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Accepted);
  EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Full);
  expect_client_gone_silently();
}

TEST_F(LifetimeTest, ClientGoesInOnClose) {
  open();
  client.on_close_do = destroy_client();
  accepted().socket->close(1000, "");
  ASSERT_TRUE(loop.until([&] { return destroyed; }));
  turn();
  EXPECT_EQ(client.closes, 1);
}

TEST_F(LifetimeTest, ClientGoesInOnCloseOfAFailedAttempt) {
  client.on_close_do = destroy_client();
  std::uint16_t port = 0;
  { port = RawListener().port(); }
  connect(loop, client, "ws://localhost:" + std::to_string(port) + "/");
  ASSERT_TRUE(loop.until([&] { return destroyed; }));
  turn();
  EXPECT_EQ(client.closes, 1);
}

TEST_F(LifetimeTest, ClientGoesInOnCloseOfAnAbort) {
  open();
  client.on_close_do = destroy_client();
  client.socket->abort("");
  ASSERT_TRUE(loop.until([&] { return destroyed; }));
  turn();
}

TEST_F(LifetimeTest, AcceptedGoesAsSoonAsItIsAccepted) {
  server.on_accept_do = [this](Recorder& recorder) {
    recorder.socket.reset();
    destroyed = true;
  };
  connect(loop, client, server.url("ws"));
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  EXPECT_FALSE(client.opened);
}

TEST_F(LifetimeTest, AcceptedGoesInOnMessage) {
  open();
  accepted().on_message_do = [this](MessageType, std::string_view) { destroy_accepted()(); };
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Accepted);
  expect_accepted_gone_silently();
}

TEST_F(LifetimeTest, AcceptedGoesInOnMessageHeldBack) {
  open();
  accepted().socket->pause_reading(true);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Accepted);
  turn();
  accepted().on_message_do = [this](MessageType, std::string_view) { destroy_accepted()(); };
  accepted().socket->pause_reading(false);
  expect_accepted_gone_silently();
}

TEST_F(LifetimeTest, AcceptedGoesInOnSent) {
  open();
  accepted().on_sent_do = destroy_accepted();
  EXPECT_EQ(accepted().socket->send(MessageType::Text, "x"), Offer::Accepted);
  expect_accepted_gone_silently();
}

TEST_F(LifetimeTest, AcceptedGoesInOnPong) {
  open();
  accepted().on_pong_do = destroy_accepted();
  accepted().socket->ping();
  expect_accepted_gone_silently();
}

TEST_F(LifetimeTest, AcceptedGoesInOnClose) {
  open();
  accepted().on_close_do = destroy_accepted();
  client.socket->close(1000, "");
  ASSERT_TRUE(loop.until([&] { return destroyed && client.closed; }));
  turn();
  EXPECT_EQ(accepted().closes, 1);
}

TEST_F(LifetimeTest, AcceptedGoesInOnCloseOfALostConnection) {
  open();
  accepted().on_close_do = destroy_accepted();
  client.socket.reset();
  ASSERT_TRUE(loop.until([&] { return destroyed; }));
  turn();
}

TEST_F(LifetimeTest, ServerGoesInACallbackOfItsSocket) {
  open();
  accepted().on_message_do = [this](MessageType, std::string_view) { server.server.reset(); };
  EXPECT_EQ(client.socket->send(MessageType::Text, "x"), Offer::Accepted);
  ASSERT_TRUE(loop.until([&] { return accepted().closed && client.closed; }));
}

TEST_F(LifetimeTest, ServerGoesInItsUpgradeHandler) {
  server.on_upgrade_do = [this](const UpgradeRequest&) {
    server.server.reset();
    return UpgradeAnswer{};
  };
  connect(loop, client, server.url("ws"));
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  EXPECT_FALSE(client.opened);
}

TEST_F(LifetimeTest, EverythingGoesWithWorkUnderWay) {
  open();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.socket->send(MessageType::Text, std::string(10'000, 'x')), Offer::Accepted);
    EXPECT_EQ(accepted().socket->send(MessageType::Text, std::string(10'000, 'x')),
              Offer::Accepted);
  }
  loop->run_once(1ms);
}

}  // namespace
}  // namespace webpubsub::net::testing
