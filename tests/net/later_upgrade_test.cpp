// Upgrades that are decided on a later lap: the handler asks somebody else first.

#include <gtest/gtest.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

/// Keeps every upgrade until the test answers it.
class HesitantHandler : public HttpServerHandler {
 public:
  void on_request(HttpRequest /*request*/, HttpResponder respond) override { respond({}); }
  UpgradeAnswer on_upgrade(const UpgradeRequest& /*request*/) override { return {.status = 500}; }
  void start_upgrade(UpgradeRequest request, UpgradeResponder respond) override {
    requests.push_back(std::move(request));
    waiting.push_back(std::move(respond));
  }
  UpgradeAnswer welcome() {
    return {.subprotocol = requests.back().subprotocols.at(0),
            .accept = [this](std::unique_ptr<WebSocket> socket) -> WebSocketListener& {
              accepted.socket = std::move(socket);
              return accepted;
            }};
  }

  std::vector<UpgradeRequest> requests;
  std::vector<UpgradeResponder> waiting;
  Recorder accepted;
};

class LaterUpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto listening = HttpServer::listen(*loop, {.subprotocols = {"chat"}}, handler);
    ASSERT_TRUE(listening) << listening.error().message;
    server = std::move(*listening);
  }
  void TearDown() override { handler.accepted.socket.reset(); }

  Loop loop;
  HesitantHandler handler;
  std::unique_ptr<HttpServer> server;
};

constexpr std::string_view kOffer = "Sec-WebSocket-Protocol: chat\r\n";

TEST_F(LaterUpgradeTest, TheSocketOpensWithTheAnswerAndGetsWhatCameBefore) {
  RawPeer peer(loop, server->port());
  // More than is read ahead of an answer, so that reading was paused meanwhile.
  const std::string large(100'000, 'x');
  peer.send(upgrade_request("/", kOffer));
  ASSERT_TRUE(loop.until([&] { return !handler.waiting.empty(); }));
  peer.send(masked_frame(0x81, large));
  loop->run_once(20ms);
  EXPECT_TRUE(peer.received.empty());
  handler.waiting[0](handler.welcome());
  ASSERT_TRUE(peer.read_until_contains("Sec-WebSocket-Protocol: chat\r\n")) << peer.received;
  EXPECT_TRUE(peer.received.starts_with("HTTP/1.1 101 ")) << peer.received;
  ASSERT_TRUE(loop.until([&] { return !handler.accepted.messages.empty(); }));
  EXPECT_EQ(handler.accepted.messages[0].payload, large);
  EXPECT_EQ(handler.accepted.socket->send(MessageType::Text, "hello"), Offer::Accepted);
  ASSERT_TRUE(peer.read_until_contains("hello"));
}

TEST_F(LaterUpgradeTest, OnlyTheFirstAnswerCounts) {
  RawPeer peer(loop, server->port());
  peer.send(upgrade_request("/", kOffer));
  ASSERT_TRUE(loop.until([&] { return !handler.waiting.empty(); }));
  handler.waiting[0]({.status = 403, .body = "not you"});
  handler.waiting[0](handler.welcome());
  ASSERT_TRUE(peer.read_until_contains("not you")) << peer.received;
  EXPECT_TRUE(peer.received.starts_with("HTTP/1.1 403 ")) << peer.received;
  EXPECT_EQ(handler.accepted.socket, nullptr);
}

TEST_F(LaterUpgradeTest, AnAnswerForAPeerThatIsGoneOpensNothing) {
  {
    RawPeer peer(loop, server->port());
    peer.send(upgrade_request("/", kOffer));
    ASSERT_TRUE(loop.until([&] { return !handler.waiting.empty(); }));
  }
  RawPeer second(loop, server->port());
  second.send(upgrade_request("/", kOffer));
  ASSERT_TRUE(loop.until([&] { return handler.waiting.size() == 2; }));
  loop->run_once(20ms);  // the end of the first came before the second's request
  handler.waiting[0](handler.welcome());
  EXPECT_EQ(handler.accepted.socket, nullptr);
  handler.waiting[1](handler.welcome());
  EXPECT_NE(handler.accepted.socket, nullptr);
}

TEST_F(LaterUpgradeTest, AnAnswerAfterTheServerIsGoneDoesNothing) {
  RawPeer peer(loop, server->port());
  peer.send(upgrade_request("/", kOffer));
  ASSERT_TRUE(loop.until([&] { return !handler.waiting.empty(); }));
  server.reset();
  handler.waiting[0](handler.welcome());
  EXPECT_EQ(handler.accepted.socket, nullptr);
}

}  // namespace
}  // namespace webpubsub::net::testing
