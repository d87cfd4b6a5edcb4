// What a server refuses to protect itself, seen by raw sockets.

#include <gtest/gtest.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

class ServerLimits : public ::testing::Test {
 protected:
  Loop loop;
};

TEST_F(ServerLimits, ConnectionsInAll) {
  TestServer server(loop, {.max_connections = 1});
  RawPeer first(loop, server.port());
  first.send(kRequest);
  ASSERT_TRUE(first.read_until_contains("200 OK"));
  RawPeer second(loop, server.port());
  EXPECT_TRUE(second.read_until_closed());
  EXPECT_EQ(server.server->counters().connections_over_limit, 1U);
}

TEST_F(ServerLimits, ConnectionsOfOneAddressWebSocketsIncluded) {
  TestServer server(loop, {.per_address = {.max_connections = 1}});
  auto first = std::make_unique<RawPeer>(loop, server.port());
  first->send(kUpgrade);
  ASSERT_TRUE(first->read_until_contains("101 Switching"));
  RawPeer second(loop, server.port());
  EXPECT_TRUE(second.read_until_closed());
  EXPECT_TRUE(second.received.empty());
  EXPECT_EQ(server.server->counters().connections_over_address_limit, 1U);

  first.reset();
  ASSERT_TRUE(loop.until([&] { return server.sockets.front()->closes == 1; }));
  RawPeer third(loop, server.port());
  third.send(kRequest);
  EXPECT_TRUE(third.read_until_contains("200 OK")) << "its place is free again";
}

TEST_F(ServerLimits, RequestsOfOneAddressAreAnswered429) {
  TestServer server(loop, {.per_address = {.requests_per_second = 1}});
  RawPeer peer(loop, server.port());
  for (int i = 0; i < 5; ++i) peer.send(kRequest);
  ASSERT_TRUE(peer.read_until_closed());
  EXPECT_NE(peer.received.find("HTTP/1.1 429 Too Many Requests\r\n"), std::string::npos);
  EXPECT_NE(peer.received.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(server.server->counters().requests_over_address_limit, 1U)
      << "it closes with the first";
}

TEST_F(ServerLimits, AConnectionThatAsksNothingIsClosed) {
  TestServer server(loop, {.handshake_timeout = 50ms});
  RawPeer silent(loop, server.port());
  RawPeer slow(loop, server.port());
  slow.send("GET / HT");
  EXPECT_TRUE(silent.read_until_closed());
  EXPECT_TRUE(slow.read_until_closed());
  EXPECT_EQ(server.server->counters().handshake_timeouts, 2U);
}

TEST_F(ServerLimits, TheTimeForTheHandshakeIsNotForTheBody) {
  TestServer server(loop, {.handshake_timeout = 100ms});
  RawPeer peer(loop, server.port());
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(peer.read_until_contains("100 Continue"));
  bool late = false;
  Timer timer(*loop, [&] { late = true; });
  timer.start_after(200ms);
  ASSERT_TRUE(loop.until([&] { return late; }));
  peer.send("body");
  EXPECT_TRUE(peer.read_until_contains("200 OK")) << peer.received;
  EXPECT_EQ(server.server->counters().handshake_timeouts, 0U);
}

TEST_F(ServerLimits, HeadsAndBodiesAreOfLimitedSize) {
  TestServer server(loop, {.max_request_head = 1024, .max_request_body = 10});
  RawPeer head(loop, server.port());
  head.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(head.read_until_contains("HTTP/1.1 431 ")) << head.received;
  RawPeer body(loop, server.port());
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  EXPECT_TRUE(body.read_until_contains("HTTP/1.1 413 ")) << body.received;
  EXPECT_EQ(server.server->counters().oversized_requests, 2U);
}

}  // namespace
}  // namespace webpubsub::net::testing
