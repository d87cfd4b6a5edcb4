// RFC 6455 against raw peers: fragments, limits, and what breaks the rules.

#include <gtest/gtest.h>

#include "loopback.h"
#include "net/server_connection.h"

namespace webpubsub::net::testing {
namespace {

constexpr unsigned char kText = 0x01;
constexpr unsigned char kBinary = 0x02;
constexpr unsigned char kContinuation = 0x00;
constexpr unsigned char kFinal = 0x80;
constexpr unsigned char kClose = 0x88;
constexpr unsigned char kPing = 0x89;
constexpr unsigned char kPong = 0x8A;

std::string close_payload_of(std::uint16_t code, std::string_view reason = "") {
  return std::string{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)} +
         std::string(reason);
}

std::string in_pieces(const std::string& payload, unsigned char type, bool masked) {
  const auto frame = masked ? masked_frame : plain_frame;
  constexpr std::size_t kPiece = 10'007;
  std::string frames;
  for (std::size_t at = 0; at < payload.size(); at += kPiece) {
    const bool last = at + kPiece >= payload.size();
    const auto first_byte =
        static_cast<unsigned char>((at == 0 ? type : kContinuation) | (last ? kFinal : 0U));
    frames += frame(first_byte, std::string_view(payload).substr(at, kPiece));
    // Control frames may come in between (RFC 6455, section 5.4).
    if (!last && at % 3 == 0) frames += frame(kPing, "mid");
  }
  return frames;
}

/// Our server, a raw client.
class ServerProtocolTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    peer.emplace(loop, server.port());
    peer->send(upgrade_request());
    ASSERT_TRUE(peer->read_until_contains("\r\n\r\n"));
    peer->received.clear();
  }
  Recorder& accepted() { return *server.sockets.back(); }
  /// Sends `frames`, expects the server to close with `code`.
  void expect_refused(std::string_view frames, std::uint16_t code) {
    peer->send(frames);
    ASSERT_TRUE(peer->read_until([](std::string_view all) {
      return all.size() >= 4 && static_cast<unsigned char>(all[0]) == kClose;
    })) << code;
    EXPECT_EQ(peer->received.substr(2, 2), close_payload_of(code)) << code;
    EXPECT_FALSE(accepted().closed) << "the peer may still read";
    peer->stop_sending();
    ASSERT_TRUE(loop.until([&] { return accepted().closed.has_value(); }));
    EXPECT_EQ(accepted().closed->code, code);
    EXPECT_TRUE(accepted().closed->was_open);
    EXPECT_TRUE(accepted().messages.empty());
    open();
  }

  Loop loop;
  TestServer server{loop, {.max_message_bytes = 2'000'000}};
  std::optional<RawPeer> peer;
};

TEST_F(ServerProtocolTest, AnswersTheHandshakeOfTheSpecification) {
  EXPECT_EQ(websocket_accept(kUpgradeKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455, 1.3
}

TEST_F(ServerProtocolTest, SelectsAnyOfALongListOfSubprotocols) {
  server.on_upgrade_do = [](const UpgradeRequest& request) {
    return UpgradeAnswer{.subprotocol = request.subprotocols.back()};
  };
  RawPeer picky(loop, server.port());
  picky.send(upgrade_request("/",
                             "Sec-WebSocket-Protocol: json.webpubsub.azure.v1, unheard.of,"
                             "json.reliable.webpubsub.azure.v1\r\n"
                             "Sec-WebSocket-Protocol: protobuf.webpubsub.azure.v1,"
                             " protobuf.reliable.webpubsub.azure.v1\r\n"));
  ASSERT_TRUE(picky.read_until_contains("\r\n\r\n"));
  EXPECT_NE(
      picky.received.find("\r\nSec-WebSocket-Protocol: protobuf.reliable.webpubsub.azure.v1\r\n"),
      std::string::npos)
      << picky.received;
  EXPECT_EQ(server.upgrades.back().subprotocols.size(), 5U);
}

TEST_F(ServerProtocolTest, NeverSelectsWhatWasNotOffered) {
  server.on_upgrade_do = [](const UpgradeRequest&) {
    return UpgradeAnswer{.subprotocol = "invented"};
  };
  RawPeer other(loop, server.port());
  other.send(upgrade_request());
  ASSERT_TRUE(other.read_until_contains("\r\n\r\n"));
  EXPECT_TRUE(other.received.starts_with("HTTP/1.1 500 "));
}

TEST_F(ServerProtocolTest, ReadsAMessageSentTogetherWithTheUpgrade) {
  RawPeer eager(loop, server.port());
  eager.send(upgrade_request() + masked_frame(kText | kFinal, "early"));
  ASSERT_TRUE(loop.until([&] { return !accepted().messages.empty(); }));
  EXPECT_EQ(accepted().messages[0].payload, "early");
}

TEST_F(ServerProtocolTest, JoinsFragments) {
  std::string payload(1'000'000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>('a' + i % 23);
  peer->send(in_pieces(payload, kText, true) + masked_frame(kBinary | kFinal, "next"));
  ASSERT_TRUE(loop.until([&] { return accepted().messages.size() == 2; }));
  EXPECT_TRUE(accepted().messages[0].payload == payload);
  EXPECT_EQ(accepted().messages[0].type, MessageType::Text);
  EXPECT_EQ(accepted().messages[1].payload, "next");
  EXPECT_EQ(accepted().messages[1].type, MessageType::Binary);
}

TEST_F(ServerProtocolTest, ReadsFramesByteByByte) {
  for (const char c : masked_frame(kText, "in ") + masked_frame(kContinuation, "small ") +
                          masked_frame(kContinuation | kFinal, "steps")) {
    peer->send(std::string_view(&c, 1));
    loop->run_once(0ms);
  }
  ASSERT_TRUE(loop.until([&] { return !accepted().messages.empty(); }));
  EXPECT_EQ(accepted().messages[0].payload, "in small steps");
}

TEST_F(ServerProtocolTest, AcceptsACharacterSplitBetweenFragments) {
  const std::string text = "grüße €";
  std::string frames = masked_frame(kText, "");
  for (const char c : text) frames += masked_frame(kContinuation, std::string_view(&c, 1));
  peer->send(frames + masked_frame(kContinuation | kFinal, ""));
  ASSERT_TRUE(loop.until([&] { return !accepted().messages.empty(); }));
  EXPECT_EQ(accepted().messages[0].payload, text);
}

TEST_F(ServerProtocolTest, AnswersAPingWithItsPayload) {
  peer->send(masked_frame(kPing, "payload"));
  ASSERT_TRUE(peer->read_until_contains(plain_frame(kPong, "payload")));
  peer->send(masked_frame(kPong, "unasked"));
  ASSERT_TRUE(loop.until([&] { return accepted().pongs == 1; }));
}

TEST_F(ServerProtocolTest, RefusesWhatBreaksTheRules) {
  expect_refused(plain_frame(kText | kFinal, "not masked"), 1002);
  expect_refused(masked_frame(kText | kFinal | 0x40, "reserved bit"), 1002);
  expect_refused(masked_frame(0x83, "unknown opcode"), 1002);
  expect_refused(masked_frame(0x8B, "unknown control opcode"), 1002);
  expect_refused(masked_frame(0x09, "fragmented ping"), 1002);
  expect_refused(masked_frame(kPing, std::string(126, 'x')), 1002);
  expect_refused(masked_frame(kContinuation | kFinal, "continues nothing"), 1002);
  expect_refused(masked_frame(kText, "a") + masked_frame(kText | kFinal, "b"), 1002);
  expect_refused(masked_frame(kClose, "x"), 1002);
  expect_refused(masked_frame(kClose, close_payload_of(1005)), 1002);
  expect_refused(masked_frame(kClose, close_payload_of(999)), 1002);
  expect_refused(masked_frame(kClose, close_payload_of(1000, "\xFF")), 1007);
  expect_refused(std::string("\x82\xFF\x80\0\0\0\0\0\0\0mask", 14), 1002);
}

TEST_F(ServerProtocolTest, RefusesTextThatIsNotUtf8) {
  for (const std::string_view text : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80",
                                      "cut short \xE2\x82", "eight..\xFF"}) {
    expect_refused(masked_frame(kText | kFinal, text), 1007);
  }
}

TEST_F(ServerProtocolTest, RefusesMessagesOverTheLimitBeforeTheyArrive) {
  expect_refused(std::string("\x82\xFF\0\0\x01\0\0\0\0\0mask", 14), 1009);  // 1 TiB announced
  expect_refused(masked_frame(kBinary, std::string(1'500'000, 'x')) +
                     masked_frame(kContinuation | kFinal, std::string(600'000, 'x')).substr(0, 14),
                 1009);
}

TEST_F(ServerProtocolTest, EchoesTheCloseOfAPeerAndEndsTheConnection) {
  peer->send(masked_frame(kText | kFinal, "last") +
             masked_frame(kClose, close_payload_of(4321, "bye")));
  ASSERT_TRUE(peer->read_until_closed());
  EXPECT_EQ(peer->received.substr(2, 2), close_payload_of(4321));
  ASSERT_TRUE(accepted().closed);
  EXPECT_EQ(accepted().messages.size(), 1U);
  EXPECT_EQ(accepted().closed->code, 4321);
  EXPECT_EQ(accepted().closed->reason, "bye");
}

TEST_F(ServerProtocolTest, ReportsACloseWithoutACode) {
  peer->send(masked_frame(kClose, ""));
  ASSERT_TRUE(peer->read_until_closed());
  EXPECT_EQ(peer->received, plain_frame(kClose, ""));
  EXPECT_EQ(accepted().closed->code, close_code::kNoStatus);
}

TEST_F(ServerProtocolTest, EndsWhenThePeerNeverAnswersItsClose) {
  accepted().socket->close(1001, std::string(200, 'r'));
  ASSERT_TRUE(peer->read_until([](std::string_view all) { return all.size() == 127; }));
  EXPECT_EQ(peer->received, plain_frame(kClose, close_payload_of(1001, std::string(123, 'r'))));
  ASSERT_TRUE(loop.until([&] { return accepted().closed.has_value(); }, 10s));
  EXPECT_EQ(accepted().closed->code, 1001);
}

/// Our client, a raw server.
class ClientProtocolTest : public ::testing::Test {
 protected:
  void open(std::size_t max_message = 2'000'000) {
    RawListener listener;
    connect_with(loop, client,
                 {.url = "ws://127.0.0.1:" + std::to_string(listener.port()) + "/",
                  .max_message_bytes = max_message});
    peer.emplace(loop, listener.accept(loop));
    ASSERT_TRUE(peer->read_until_contains("\r\n\r\n"));
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = peer->received.find(name) + name.size();
    const std::string key = peer->received.substr(at, peer->received.find("\r\n", at) - at);
    peer->send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        websocket_accept(key) + "\r\n\r\n" + plain_frame(kText | kFinal, "with the answer"));
    peer->received.clear();
    ASSERT_TRUE(loop.until([&] { return client.messages.size() == 1; }));
    EXPECT_EQ(client.messages[0].payload, "with the answer");
    client.messages.clear();
  }
  /// The code in the masked close frame the peer received last.
  std::uint16_t received_close_code() {
    EXPECT_TRUE(peer->read_until([](std::string_view all) {
      return all.size() >= 8 && static_cast<unsigned char>(all[0]) == kClose;
    }));
    if (peer->received.size() < 8) return 0;
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned>(
          static_cast<unsigned char>(peer->received[6 + i] ^ peer->received[2 + i]));
    };
    return static_cast<std::uint16_t>(byte(0) << 8U | byte(1));
  }

  Loop loop;
  Recorder client;
  std::optional<RawPeer> peer;
};

TEST_F(ClientProtocolTest, JoinsFragments) {
  open();
  std::string payload(1'000'000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 13);
  peer->send(in_pieces(payload, kBinary, false) + plain_frame(kText | kFinal, "next"));
  ASSERT_TRUE(loop.until([&] { return client.messages.size() == 2; }));
  EXPECT_TRUE(client.messages[0].payload == payload);
  EXPECT_EQ(client.messages[0].type, MessageType::Binary);
  EXPECT_EQ(client.messages[1].payload, "next");
}

TEST_F(ClientProtocolTest, RefusesMessagesOverTheLimit) {
  open(1000);
  peer->send(plain_frame(kText | kFinal, std::string(1000, 'x')));
  ASSERT_TRUE(loop.until([&] { return client.messages.size() == 1; }));
  peer->send(plain_frame(kText, std::string(600, 'x')) +
             plain_frame(kContinuation | kFinal, std::string(401, 'x')));
  EXPECT_EQ(received_close_code(), 1009);
  peer->send(plain_frame(kClose, close_payload_of(1009)));
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed->code, close_code::kTooLarge);
  EXPECT_TRUE(client.closed->was_open);
  EXPECT_EQ(client.messages.size(), 1U);
}

TEST_F(ClientProtocolTest, RefusesTextThatIsNotUtf8) {
  open();
  peer->send(plain_frame(kText | kFinal, "\xC0\xAF"));
  EXPECT_EQ(received_close_code(), 1007);
  peer->send(plain_frame(kClose, close_payload_of(1007)));
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed->code, close_code::kInvalidPayload);
  EXPECT_TRUE(client.messages.empty());
}

TEST_F(ClientProtocolTest, ReportsThePeersCodeAndAnswersIt) {
  open();
  peer->send(plain_frame(kClose, close_payload_of(1008, "policy")));
  EXPECT_EQ(received_close_code(), 1008);
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed->code, 1008);
  EXPECT_EQ(client.closed->reason, "policy");
}

TEST_F(ClientProtocolTest, ReportsALostConnectionAsAbnormal) {
  open();
  peer.reset();
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.closed->code, close_code::kAbnormal);
  EXPECT_TRUE(client.closed->was_open);
  ASSERT_TRUE(client.closed->error);
  EXPECT_EQ(client.closed->error->code, Errc::Unavailable);
}

TEST_F(ClientProtocolTest, EndsWhenThePeerNeverAnswersItsClose) {
  open();
  client.socket->close(4000, "over");
  EXPECT_EQ(received_close_code(), 4000);
  ASSERT_TRUE(loop.until([&] { return client.closed.has_value(); }, 10s));
  EXPECT_EQ(client.closed->code, 4000);
}

}  // namespace
}  // namespace webpubsub::net::testing
