// How an attempt to open a WebSocket ends.

#include <gtest/gtest.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

class ConnectTest : public ::testing::Test {
 protected:
  const CloseInfo& fail(WebSocketClientOptions options) {
    connect_with(loop, client, std::move(options));
    EXPECT_FALSE(client.closed) << "ended before connect_websocket() returned";
    EXPECT_TRUE(loop.until([&] { return client.closed.has_value(); }));
    EXPECT_FALSE(client.opened);
    EXPECT_FALSE(client.closed->was_open);
    EXPECT_EQ(client.closes, 1);
    static const CloseInfo kNone{};
    return client.closed && client.closed->error ? *client.closed : kNone;
  }
  std::string unused_url() {
    const RawListener listener;
    return "ws://127.0.0.1:" + std::to_string(listener.port()) + "/";
  }
  /// Lets the client connect to a raw socket that answers with `answer`.
  void connect_raw(std::string_view answer, WebSocketClientOptions options = {}) {
    RawListener listener;
    options.url = "ws://127.0.0.1:" + std::to_string(listener.port()) + "/";
    connect_with(loop, client, std::move(options));
    {
      RawPeer peer(loop, listener.accept(loop));
      ASSERT_TRUE(peer.read_until_contains("\r\n\r\n"));
      peer.send(answer);
    }
    ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }, 2s)) << answer;
  }

  Loop loop;
  TestServer server{loop};
  Recorder client;
};

TEST_F(ConnectTest, OffersAndChecksTheSubprotocol) {
  server.on_upgrade_do = [](const UpgradeRequest& request) {
    return UpgradeAnswer{.subprotocol = request.subprotocols.at(0)};
  };
  connect_with(loop, client,
               {.url = server.url("ws"), .subprotocol = "json.reliable.webpubsub.azure.v1"});
  ASSERT_TRUE(loop.until([&] { return client.opened; }));
  EXPECT_EQ(server.upgrades[0].subprotocols,
            std::vector<std::string>{"json.reliable.webpubsub.azure.v1"});
}

TEST_F(ConnectTest, RefusesAServerThatIgnoresTheSubprotocol) {
  const CloseInfo& closed = fail({.url = server.url("ws"), .subprotocol = "json.v1"});
  ASSERT_TRUE(closed.error);
  EXPECT_EQ(closed.error->code, Errc::Protocol);
  EXPECT_NE(closed.error->message.find("json.v1"), std::string::npos) << closed.error->message;
}

TEST_F(ConnectTest, RefusesASubprotocolThatWasNotOffered) {
  connect_raw(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: other\r\n\r\n",
      {.subprotocol = "json.v1"});
  EXPECT_FALSE(client.opened);
}

TEST_F(ConnectTest, SendsItsHeaders) {
  connect_with(loop, client,
               {.url = server.url("ws", "/p?q=1"), .headers = {{"Authorization", "Bearer abc"}}});
  ASSERT_TRUE(loop.until([&] { return client.opened; }));
  const HttpRequest& request = server.upgrades[0].request;
  EXPECT_EQ(find_header(request.headers, "authorization"), "Bearer abc");
  EXPECT_EQ(find_header(request.headers, "host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(request.query, "q=1");
}

TEST_F(ConnectTest, TellsTheStatusOfARefusal) {
  struct Case {
    int status;
    Errc code;
  };
  for (const Case& each :
       {Case{401, Errc::Unauthorized}, Case{403, Errc::Unauthorized}, Case{404, Errc::NotFound},
        Case{429, Errc::Unavailable}, Case{503, Errc::Unavailable}, Case{400, Errc::Protocol},
        Case{302, Errc::Protocol}, Case{200, Errc::Protocol}}) {
    server.on_upgrade_do = [&](const UpgradeRequest&) {
      return UpgradeAnswer{.status = each.status,
                           .body = "no",
                           .headers = {{"Retry-After", "12"}, {"Location", "ws://127.0.0.1:1/"}}};
    };
    Recorder refused;
    connect(loop, refused, server.url("ws"));
    ASSERT_TRUE(loop.until([&] { return refused.closed.has_value(); }));
    EXPECT_FALSE(refused.opened);
    ASSERT_TRUE(refused.closed->error) << each.status;
    EXPECT_EQ(refused.closed->error->service_code, each.status);
    EXPECT_EQ(refused.closed->error->code, each.code) << each.status;
    EXPECT_EQ(refused.closed->retry_after, "12") << each.status;
    EXPECT_EQ(refused.closed->code, close_code::kAbnormal);
  }
}

TEST_F(ConnectTest, TellsThatNobodyListens) {
  const CloseInfo& closed = fail({.url = unused_url()});
  ASSERT_TRUE(closed.error);
  EXPECT_EQ(closed.error->code, Errc::Unavailable);
}

TEST_F(ConnectTest, TimesOutOnAServerThatNeverAnswers) {
  const RawListener silent;
  const TimePoint start = steady_now();
  const CloseInfo& closed =
      fail({.url = "ws://127.0.0.1:" + std::to_string(silent.port()), .connect_timeout = 100ms});
  ASSERT_TRUE(closed.error);
  EXPECT_EQ(closed.error->code, Errc::Timeout);
  EXPECT_LT(steady_now() - start, 5s);
}

TEST_F(ConnectTest, TellsThatTheServerHungUpOrTalkedNonsense) {
  for (const std::string_view answer :
       {"", "HTTP/1.1 101", "nonsense\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n"}) {
    client.closed.reset();
    connect_raw(answer);
    ASSERT_TRUE(client.closed);
    ASSERT_TRUE(client.closed->error) << answer;
    EXPECT_FALSE(client.closed->was_open) << answer;
  }
}

TEST_F(ConnectTest, ResolvesNamesAndTriesEveryAddress) {
  // "localhost" has two addresses on most machines, and the server listens on one of them.
  connect(loop, client, "ws://localhost:" + std::to_string(server.port()) + "/");
  ASSERT_TRUE(loop.until([&] { return client.opened; }))
      << (client.closed && client.closed->error ? client.closed->error->message : "");
  EXPECT_EQ(find_header(server.upgrades[0].request.headers, "host"),
            "localhost:" + std::to_string(server.port()));
}

TEST_F(ConnectTest, ConnectsByIPv6) {
  TestServer six(loop, {.address = "::1"});
  connect(loop, client, "ws://[::1]:" + std::to_string(six.port()) + "/");
  ASSERT_TRUE(loop.until([&] { return client.opened; }));
}

TEST_F(ConnectTest, TellsThatANameDoesNotResolve) {
  const CloseInfo& closed = fail({.url = "ws://no-such-name.invalid/"});
  ASSERT_TRUE(closed.error);
  EXPECT_TRUE(closed.error->code == Errc::NotFound || closed.error->code == Errc::Unavailable);
  EXPECT_NE(closed.error->message.find("no-such-name.invalid"), std::string::npos);
}

TEST_F(ConnectTest, RefusesUrlsThatCannotBe) {
  for (const std::string url :
       {"", "http://h/", "ws://", "ws:///path", "ws://h:0/", "ws://h:70000/", "ws://h:x/",
        "ws://[::1/", "ws://a b/", "ws://h/\r\nX: 1", "wss://[::1]/"}) {
    const auto socket = connect_websocket(*loop, {.url = url}, client);
    ASSERT_FALSE(socket) << url;
    EXPECT_EQ(socket.error().code, Errc::InvalidArgument) << url;
  }
  const auto long_target =
      connect_websocket(*loop, {.url = "ws://h/?access_token=" + std::string(3000, 's')}, client);
  ASSERT_FALSE(long_target);
  EXPECT_EQ(long_target.error().message.find("sss"), std::string::npos) << "tokens stay secret";
}

TEST_F(ConnectTest, CanBeGivenUpAtAnyTime) {
  connect(loop, client, server.url("ws"));
  client.socket->abort("changed my mind");
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  ASSERT_TRUE(client.closed->error);
  EXPECT_EQ(client.closed->error->code, Errc::Cancelled);
  EXPECT_FALSE(client.opened);
}

TEST_F(ConnectTest, IgnoresAProxyInTheEnvironment) {
  ASSERT_EQ(::setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  Loop fresh;
  TestServer near(fresh);
  Recorder direct;
  connect(fresh, direct, near.url("ws"));
  EXPECT_TRUE(fresh.until([&] { return direct.opened; }));
  ASSERT_EQ(::unsetenv("http_proxy"), 0);
}

TEST_F(ConnectTest, GoesThroughAProxy) {
  RawListener proxy;
  connect_with(loop, client,
               {.url = "ws://service.invalid:8080/x",
                .proxy = "http://user:p%40ss@127.0.0.1:" + std::to_string(proxy.port())});
  RawPeer peer(loop, proxy.accept(loop));
  ASSERT_TRUE(peer.read_until_contains("\r\n\r\n"));
  EXPECT_TRUE(peer.received.starts_with("CONNECT service.invalid:8080 HTTP/1.1\r\n"))
      << peer.received;
  EXPECT_NE(peer.received.find("dXNlcjpwQHNz"), std::string::npos) << peer.received;
  peer.received.clear();
  peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
  ASSERT_TRUE(peer.read_until_contains("\r\n\r\n"));
  EXPECT_TRUE(peer.received.starts_with("GET /x HTTP/1.1\r\n")) << peer.received;
  EXPECT_NE(peer.received.find("Host: service.invalid:8080\r\n"), std::string::npos);
}

TEST_F(ConnectTest, TellsThatTheProxyRefused) {
  RawListener proxy;
  connect_with(loop, client,
               {.url = "ws://service.invalid/",
                .proxy = "http://127.0.0.1:" + std::to_string(proxy.port())});
  RawPeer peer(loop, proxy.accept(loop));
  ASSERT_TRUE(peer.read_until_contains("\r\n\r\n"));
  peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  ASSERT_TRUE(client.closed->error);
  EXPECT_FALSE(client.opened);
}

}  // namespace
}  // namespace webpubsub::net::testing
