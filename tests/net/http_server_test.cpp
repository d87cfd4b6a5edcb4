// The HTTP server, seen by raw sockets: what it answers, byte by byte, and what it survives.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

class HttpServerTest : public ::testing::Test {
 protected:
  /// Sends `text` on a fresh connection and gives what came back until the server closed.
  std::string exchange(std::string_view text) {
    RawPeer peer(loop, server.port());
    peer.send(text);
    EXPECT_TRUE(peer.read_until_closed());
    return peer.received;
  }

  Loop loop;
  TestServer server{loop, {.max_request_body = 1000}};
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  RawPeer peer(loop, server.port());
  peer.send("GET /a%2Fb/c?x=%41&y=1+2 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(peer.read_until_contains("1+2\n")) << peer.received;
  EXPECT_TRUE(peer.received.starts_with("HTTP/1.1 200 OK\r\n")) << peer.received;
  EXPECT_TRUE(peer.received.ends_with("\r\n\r\nGET /a%2Fb/c x=%41&y=1+2\n")) << peer.received;
  EXPECT_NE(peer.received.find("Content-Length: 25\r\n"), std::string::npos) << peer.received;
  peer.received.clear();
  peer.send("PUT /second HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_TRUE(peer.read_until_contains("PUT /second \nbody")) << peer.received;
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  std::vector<HttpResponder> waiting;
  server.on_request_do = [&](HttpRequest, HttpResponder respond) { waiting.push_back(respond); };
  RawPeer peer(loop, server.port());
  peer.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(loop.until([&] { return !waiting.empty(); }));
  loop->run_once(10ms);
  ASSERT_EQ(waiting.size(), 1U) << "the second waits for the first";
  waiting[0]({.body = "first"});
  waiting[0]({.body = "first again"});
  ASSERT_TRUE(loop.until([&] { return waiting.size() == 2; }));
  waiting[0]({.body = "first once more"});
  waiting[1]({.body = "second"});
  ASSERT_TRUE(peer.read_until_contains("second"));
  EXPECT_EQ(peer.received.find("again"), std::string::npos);
  EXPECT_EQ(peer.received.find("once more"), std::string::npos);
}

TEST_F(HttpServerTest, PassesEveryMethodAndHeader) {
  HttpRequest seen;
  server.on_request_do = [&](HttpRequest request, HttpResponder respond) {
    seen = std::move(request);
    respond({.status = 204});
  };
  for (const std::string method : {"GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"}) {
    const std::string answer =
        exchange(method +
                 " / HTTP/1.1\r\nHost: h:1\r\nce-Type: azure.webpubsub.sys.connect\r\n"
                 "X-Anything:\t a b \t\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 No Content\r\n")) << answer;
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(find_header(seen.headers, "CE-TYPE"), "azure.webpubsub.sys.connect");
    EXPECT_EQ(find_header(seen.headers, "x-anything"), "a b");
    EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:"));
  }
}

TEST_F(HttpServerTest, GivesAHeadRequestTheLengthButNoBody) {
  const std::string answer = exchange("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 8\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  const std::string answer = exchange(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "5;name=value\r\nhello\r\nA\r\n, 10 bytes\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("POST / \nhello, 10 bytes")) << answer;
}

TEST_F(HttpServerTest, ReadsARequestThatComesByteByByte) {
  RawPeer peer(loop, server.port());
  for (const char c : std::string("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")) {
    peer.send(std::string_view(&c, 1));
    loop->run_once(0ms);
  }
  ASSERT_TRUE(peer.read_until_contains("POST /x \nabc")) << peer.received;
}

TEST_F(HttpServerTest, TellsAWaitingClientToContinue) {
  RawPeer peer(loop, server.port());
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  ASSERT_TRUE(peer.read_until_contains("HTTP/1.1 100 ")) << peer.received;
  peer.send("abc");
  ASSERT_TRUE(peer.read_until_contains("\nabc")) << peer.received;
}

TEST_F(HttpServerTest, RefusesALargeBodyAndTheClientSeesIt) {
  EXPECT_TRUE(exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" +
                       std::string(1001, 'x'))
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(exchange("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n")
                  .starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, WritesALargeAnswerToASlowReader) {
  const std::string page(3'000'000, 'p');
  server.on_request_do = [&](HttpRequest, HttpResponder respond) { respond({.body = page}); };
  RawPeer peer(loop, server.port());
  peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  for (int i = 0; i < 5; ++i) loop->run_once(5ms);
  ASSERT_TRUE(peer.read_until_closed());
  const std::size_t body = peer.received.find("\r\n\r\n") + 4;
  EXPECT_TRUE(peer.received.substr(body) == page);
}

TEST_F(HttpServerTest, MayAnswerLateOrNeverToAClientThatLeft) {
  HttpResponder late;
  server.on_request_do = [&](HttpRequest, HttpResponder respond) { late = std::move(respond); };
  {
    RawPeer peer(loop, server.port());
    peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(loop.until([&] { return late != nullptr; }));
  }
  for (int i = 0; i < 5; ++i) loop->run_once(5ms);
  late({.body = "nobody is there"});
  server.server.reset();
  late({.body = "nothing is there"});
}

TEST_F(HttpServerTest, KeepsHeadersOfAnAnswerApart) {
  server.on_request_do = [](HttpRequest, HttpResponder respond) {
    respond(
        {.headers = {{"X-Good", "yes"}, {"X-Bad", "a\r\nX-Injected: 1"}, {"Content-Length", "5"}},
         .body = "0123456789"});
  };
  const std::string answer = exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("X-Good: yes\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Injected"), std::string::npos);
  EXPECT_NE(answer.find("Content-Length: 10\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, ServesOldClients) {
  EXPECT_TRUE(exchange("GET /old HTTP/1.0\r\n\r\n").ends_with("GET /old \n"));
}

TEST_F(HttpServerTest, LivesOnAfterGarbage) {
  const std::string nul_header("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 35);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\r\n\r\n\r\nhello\r\n\r\n", "400"},
      {"GET\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},  // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET nowhere HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\nY: b\r\n\r\n", "400"},
      {nul_header, "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n", "417"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", "431"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11) + "\r\n\r\n", "400"},
  };
  for (const auto& [request, status] : cases) {
    const std::string answer = exchange(request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status + " ")) << request << " -> " << answer;
  }
  EXPECT_TRUE(exchange("GET /alive HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                  .ends_with("GET /alive \n"));
}

TEST_F(HttpServerTest, RefusesBadUpgradeRequests) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n";
  const std::string key = "Sec-WebSocket-Key: " + std::string(kUpgradeKey) + "\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::string connection = "Connection: close, Upgrade\r\n";
  EXPECT_TRUE(exchange(start + connection + version + "\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(exchange(start + "Connection: close\r\n" + key + version + "\r\n")
                  .starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(exchange(start + connection + version + "Sec-WebSocket-Key: short\r\n\r\n")
                  .starts_with("HTTP/1.1 400 "));
  const std::string old = exchange(start + connection + key + "Sec-WebSocket-Version: 8\r\n\r\n");
  EXPECT_TRUE(old.starts_with("HTTP/1.1 426 ")) << old;
  EXPECT_NE(old.find("Sec-WebSocket-Version: 13\r\n"), std::string::npos);
  EXPECT_TRUE(server.upgrades.empty());
}

TEST_F(HttpServerTest, ListensOnTheGivenAddressOnly) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in other{};
  other.sin_family = AF_INET;
  other.sin_port = htons(server.port());
  ASSERT_EQ(::inet_pton(AF_INET, "127.0.0.2", &other.sin_addr), 1);
  EXPECT_NE(::connect(fd, reinterpret_cast<const sockaddr*>(&other), sizeof(other)), 0);
  ::close(fd);
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  const auto taken = HttpServer::listen(*loop, {.port = server.port()}, server);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::Io);
  EXPECT_NE(taken.error().message.find("127.0.0.1"), std::string::npos) << taken.error().message;
  EXPECT_NE(taken.error().message.find("in use"), std::string::npos) << taken.error().message;
  const auto elsewhere = HttpServer::listen(*loop, {.address = "192.0.2.1"}, server);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, Errc::Io);
  const auto named = HttpServer::listen(*loop, {.address = "localhost"}, server);
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().code, Errc::InvalidArgument);
}

TEST_F(HttpServerTest, MayBeDestroyedByItsOwnHandler) {
  server.on_request_do = [&](HttpRequest, HttpResponder respond) {
    server.server.reset();
    respond({.body = "too late"});
  };
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), "");
}

}  // namespace
}  // namespace webpubsub::net::testing
