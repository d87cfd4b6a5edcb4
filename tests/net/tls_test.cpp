#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "loopback.h"
#include "tests/support/certificates.h"

namespace webpubsub::net::testing {
namespace {

using gateway::support::TestAuthority;

class TlsTest : public ::testing::Test {
 protected:
  static HttpServerOptions serve(const TestAuthority::Pair& pair) {
    HttpServerOptions options;
    options.tls = {pair.certificate_file, pair.key_file};
    return options;
  }
  std::string url(const TestServer& server, const std::string& scheme,
                  const std::string& host = "localhost") const {
    return scheme + "://" + host + ":" + std::to_string(server.port()) + "/";
  }
  Result<HttpResponse> fetch(HttpClientRequest request) {
    std::optional<Result<HttpResponse>> result;
    const auto call = start_http_request(*loop, std::move(request),
                                         [&](auto outcome) { result.emplace(std::move(outcome)); });
    EXPECT_TRUE(loop.until([&] { return result.has_value(); }));
    return result ? std::move(*result) : Error{Errc::Internal, "no answer"};
  }
  void expect_refused(const TestServer& server, const std::string& host, TlsClientOptions tls,
                      const std::string& why) {
    Recorder client;
    connect_with(loop, client, {.url = url(server, "wss", host), .tls = std::move(tls)});
    ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
    EXPECT_FALSE(client.opened);
    ASSERT_TRUE(client.closed->error);
    EXPECT_NE(client.closed->error->message.find(why), std::string::npos)
        << client.closed->error->message;
    EXPECT_TRUE(server.upgrades.empty());
  }

  TestAuthority authority;
  const TestAuthority::Pair good = authority.issue("DNS:localhost,IP:127.0.0.1");
  Loop loop;
  TlsClientOptions trust{.ca_file = authority.ca_file()};
};

TEST_F(TlsTest, CarriesMessagesOfEverySizeBothWays) {
  TestServer server(loop, serve(good));
  server.on_accept_do = [](Recorder& peer) {
    peer.on_message_do = [&peer](MessageType type, std::string_view payload) {
      EXPECT_EQ(peer.socket->send(type, payload), Offer::Accepted);
      EXPECT_EQ(peer.socket->send(Message::make(type, payload)), Offer::Accepted);
    };
  };
  Recorder client;
  connect_with(loop, client, {.url = url(server, "wss"), .tls = trust});
  ASSERT_TRUE(loop.until([&] { return client.opened; }))
      << (client.closed && client.closed->error ? client.closed->error->message : "");
  for (const std::size_t size : {std::size_t{10}, std::size_t{40'000}, std::size_t{900'000}}) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 17);
    ASSERT_EQ(client.socket->send(MessageType::Binary, payload), Offer::Accepted);
    ASSERT_TRUE(loop.until([&] { return client.messages.size() == 2; })) << size;
    EXPECT_TRUE(client.messages[0].payload == payload);
    EXPECT_TRUE(client.messages[1].payload == payload);
    client.messages.clear();
  }
  client.socket->close(1000, "done");
  ASSERT_TRUE(loop.until([&] { return client.closed && server.sockets[0]->closed; }));
  EXPECT_EQ(server.sockets[0]->closed->code, 1000);
}

TEST_F(TlsTest, KeepsOrderUnderLoadWithASlowReader) {
  HttpServerOptions options = serve(good);
  options.max_queued_messages = 100'000;
  TestServer server(loop, options);
  Recorder client;
  connect_with(loop, client,
               {.url = url(server, "wss"), .tls = trust, .max_queued_messages = 100'000});
  ASSERT_TRUE(loop.until([&] { return client.opened && !server.sockets.empty(); }));
  Recorder& accepted = *server.sockets[0];
  constexpr std::size_t kFrames = 3000;
  const auto payload_of = [](std::size_t i) {
    return std::to_string(i) + std::string(i % 1500, 'z');
  };
  client.socket->pause_reading(true);
  accepted.socket->pause_reading(true);
  for (std::size_t i = 0; i < kFrames; ++i) {
    ASSERT_EQ(client.socket->send(MessageType::Text, payload_of(i)), Offer::Accepted);
    ASSERT_EQ(accepted.socket->send(MessageType::Text, payload_of(i)), Offer::Accepted);
  }
  loop->run_once(20ms);
  client.socket->pause_reading(false);
  accepted.socket->pause_reading(false);
  ASSERT_TRUE(loop.until(
      [&] { return client.messages.size() == kFrames && accepted.messages.size() == kFrames; }));
  for (std::size_t i = 0; i < kFrames; ++i) {
    ASSERT_EQ(client.messages[i].payload, payload_of(i));
    ASSERT_EQ(accepted.messages[i].payload, payload_of(i));
  }
}

TEST_F(TlsTest, ServesHttpRequests) {
  TestServer server(loop, serve(good));
  const std::string page(500'000, 'p');
  server.on_request_do = [&](HttpRequest, HttpResponder respond) { respond({.body = page}); };
  const auto answer = fetch({.method = "POST",
                             .url = url(server, "https"),
                             .body = std::string(100'000, 'b'),
                             .tls = trust});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body == page);
}

TEST_F(TlsTest, VerifiesTheHostName) {
  TestServer server(loop, serve(authority.issue("DNS:other.example")));
  expect_refused(server, "localhost", trust, "ostname mismatch");
  expect_refused(server, "127.0.0.1", trust, "mismatch");
  const auto answer = fetch({.url = url(server, "https"), .tls = trust});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::Unavailable);
}

TEST_F(TlsTest, VerifiesAnAddressAgainstTheCertificatesAddresses) {
  TestServer server(loop, serve(good));
  Recorder client;
  connect_with(loop, client, {.url = url(server, "wss", "127.0.0.1"), .tls = trust});
  ASSERT_TRUE(loop.until([&] { return client.opened; }));
}

TEST_F(TlsTest, RefusesAnUnknownAuthority) {
  TestServer server(loop, serve(good));
  expect_refused(server, "localhost", {}, "certificate");
  const TestAuthority another;
  expect_refused(server, "localhost", {.ca_file = another.ca_file()}, "certificate");
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
  TestServer server(loop, serve(authority.issue("DNS:localhost,IP:127.0.0.1", -1)));
  expect_refused(server, "localhost", trust, "expired");
}

TEST_F(TlsTest, RefusesPlainTextOnEitherSide) {
  TestServer server(loop, serve(good));
  Recorder plain;
  connect_with(loop, plain, {.url = url(server, "ws"), .connect_timeout = 2s});
  ASSERT_TRUE(loop.until([&] { return plain.closed.has_value(); }));
  EXPECT_FALSE(plain.opened);
  TestServer open_server(loop);
  expect_refused(open_server, "localhost", trust, "");
}

TEST_F(TlsTest, PresentsItsOwnCertificate) {
  const auto device = authority.issue("DNS:device");
  TestServer server(loop, serve(good));
  TlsClientOptions mutual = trust;
  mutual.certificate_file = device.certificate_file;
  mutual.key_file = device.key_file;
  Recorder client;
  connect_with(loop, client, {.url = url(server, "wss"), .tls = mutual});
  ASSERT_TRUE(loop.until([&] { return client.opened; }));
}

TEST_F(TlsTest, TellsWhichFileCannotBeUsed) {
  TestServer server(loop, serve(good));
  expect_refused(server, "localhost", {.ca_file = authority.ca_file() + ".missing.pem"},
                 "missing.pem");
  const auto other = authority.issue("DNS:other.example");
  TlsClientOptions wrong_key = trust;
  wrong_key.certificate_file = good.certificate_file;
  wrong_key.key_file = other.key_file;
  expect_refused(server, "localhost", wrong_key, other.key_file);

  HttpServerOptions mismatched = serve(good);
  mismatched.tls.key_file = other.key_file;
  TestServer handler(loop);
  const auto refused = HttpServer::listen(*loop, mismatched, handler);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::InvalidArgument);
  EXPECT_NE(refused.error().message.find(other.key_file), std::string::npos);
}

TEST_F(TlsTest, UsesReplacedFilesForTheNextConnection) {
  TestServer server(loop, serve(good));
  const std::string ca = authority.ca_file() + ".trusted";
  const TestAuthority another;
  std::filesystem::copy_file(another.ca_file(), ca);
  expect_refused(server, "localhost", {.ca_file = ca}, "certificate");
  std::filesystem::rename(authority.ca_file(), ca);
  Recorder client;
  connect_with(loop, client, {.url = url(server, "wss"), .tls = {.ca_file = ca}});
  ASSERT_TRUE(loop.until([&] { return client.opened; }));
}

TEST_F(TlsTest, GoesThroughAProxyToTheNameItVerifies) {
  TestServer server(loop, serve(good));
  RawListener proxy;
  Recorder client;
  connect_with(loop, client,
               {.url = url(server, "wss"),
                .tls = trust,
                .proxy = "http://localhost:" + std::to_string(proxy.port())});
  RawPeer near(loop, proxy.accept(loop));
  ASSERT_TRUE(near.read_until_contains("\r\n\r\n"));
  EXPECT_TRUE(
      near.received.starts_with("CONNECT localhost:" + std::to_string(server.port()) + " "));
  near.received.clear();
  RawPeer far(loop, server.port());
  near.send("HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(loop.until([&] {
    static_cast<void>(near.read_some());
    far.send(std::exchange(near.received, {}));
    static_cast<void>(far.read_some());
    near.send(std::exchange(far.received, {}));
    return client.opened;
  }));
}

TEST_F(TlsTest, LetsEverythingGoInTheMiddleOfAHandshake) {
  TestServer server(loop, serve(good));
  for (int laps = 1; laps < 12; ++laps) {
    Recorder client;
    connect_with(loop, client, {.url = url(server, "wss"), .tls = trust});
    for (int i = 0; i < laps; ++i) loop->run_once(1ms);
    client.socket.reset();
    loop->run_once(1ms);
    EXPECT_EQ(client.closes, 0);
  }
  Recorder last;
  connect_with(loop, last, {.url = url(server, "wss"), .tls = trust});
  loop->run_once(1ms);
  server.server.reset();
  ASSERT_TRUE(loop.until([&] { return last.closed.has_value(); }));
}

}  // namespace
}  // namespace webpubsub::net::testing
