// Messages between our client and our server.

#include <gtest/gtest.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

class WebSocketTest : public ::testing::Test {
 protected:
  Recorder& accepted() { return *server.sockets.front(); }
  void open(WebSocketClientOptions options = {}) {
    options.url = server.url("ws", "/client/hubs/h?access_token=a.b.c");
    connect_with(loop, client, std::move(options));
    ASSERT_TRUE(loop.until([&] { return client.opened && !server.sockets.empty(); }))
        << (client.closed && client.closed->error ? client.closed->error->message : "");
  }

  Loop loop;
  TestServer server{loop};
  Recorder client;
};

TEST_F(WebSocketTest, CarriesTextAndBinaryBothWays) {
  server.on_accept_do = [](Recorder& peer) {
    peer.on_message_do = [&peer](MessageType type, std::string_view payload) {
      EXPECT_EQ(peer.socket->send(type, payload), Offer::Accepted);
    };
  };
  open();
  const std::string binary("\0\xFF\x01", 3);
  EXPECT_EQ(client.socket->send(MessageType::Text, "grüße"), Offer::Accepted);
  EXPECT_EQ(client.socket->send(MessageType::Binary, binary), Offer::Accepted);
  EXPECT_EQ(client.socket->send(MessageType::Text, ""), Offer::Accepted);
  EXPECT_EQ(client.socket->queued_messages(), 3U);
  ASSERT_TRUE(loop.until([&] { return client.messages.size() == 3; }));
  EXPECT_EQ(client.messages[0].payload, "grüße");
  EXPECT_EQ(client.messages[0].type, MessageType::Text);
  EXPECT_EQ(client.messages[1].payload, binary);
  EXPECT_EQ(client.messages[1].type, MessageType::Binary);
  EXPECT_EQ(client.messages[2].payload, "");
  EXPECT_EQ(client.sent, 3U);
  EXPECT_EQ(accepted().sent, 3U);
  EXPECT_EQ(client.socket->queued_messages(), 0U);
  EXPECT_EQ(client.socket->queued_bytes(), 0U);
  EXPECT_EQ(server.upgrades.front().request.path, "/client/hubs/h");
  EXPECT_EQ(server.upgrades.front().request.query, "access_token=a.b.c");
}

TEST_F(WebSocketTest, CarriesEveryFrameLengthBothWays) {
  server.on_accept_do = [](Recorder& peer) {
    peer.on_message_do = [&peer](MessageType, std::string_view payload) {
      EXPECT_EQ(peer.socket->send(Message::make(MessageType::Binary, payload)), Offer::Accepted);
    };
  };
  open();
  const std::vector<std::size_t> sizes{1, 125, 126, 127, 65'535, 65'536, 1'000'000};
  for (const std::size_t size : sizes) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 31 + size);
    ASSERT_EQ(client.socket->send(MessageType::Binary, payload), Offer::Accepted);
    ASSERT_TRUE(loop.until([&] { return !client.messages.empty(); })) << size;
    EXPECT_TRUE(client.messages.front().payload == payload) << size;
    client.messages.clear();
  }
}

TEST_F(WebSocketTest, SharesOneMessageAmongManySockets) {
  std::vector<std::unique_ptr<Recorder>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Recorder>());
    connect(loop, *clients.back(), server.url("ws"));
  }
  ASSERT_TRUE(loop.until([&] { return server.sockets.size() == clients.size(); }));
  for (int i = 0; i < 50; ++i) {
    const auto message = Message::make(MessageType::Text, "reading " + std::to_string(i));
    for (auto& peer : server.sockets) ASSERT_EQ(peer->socket->send(message), Offer::Accepted);
  }
  for (auto& each : clients) {
    ASSERT_TRUE(loop.until([&] { return each->messages.size() == 50; }));
    for (std::size_t i = 0; i < 50; ++i) {
      EXPECT_EQ(each->messages[i].payload, "reading " + std::to_string(i));
    }
  }
}

TEST_F(WebSocketTest, KeepsOrderAndBytesTowardsASlowReader) {
  open({.max_queued_bytes = 64 * 1024 * 1024, .max_queued_messages = 100'000});
  accepted().socket->pause_reading(true);
  constexpr std::size_t kFrames = 10'000;
  const auto payload_of = [](std::size_t i) {
    return std::to_string(i) + std::string(100 + i % 1900, static_cast<char>('a' + i % 26));
  };
  for (std::size_t i = 0; i < kFrames; ++i) {
    ASSERT_EQ(client.socket->send(MessageType::Text, payload_of(i)), Offer::Accepted);
  }
  loop->run_once(50ms);
  EXPECT_TRUE(accepted().messages.empty());
  EXPECT_GT(client.socket->queued_messages(), 0U);
  std::size_t right = 0;
  accepted().keep_messages = false;
  accepted().on_message_do = [&](MessageType, std::string_view payload) {
    if (payload == payload_of(right)) ++right;
    // Stop and go: what was read ahead must neither be lost nor repeated.
    if (right % 1000 == 0) {
      accepted().socket->pause_reading(true);
      loop->defer([&] { accepted().socket->pause_reading(false); });
    }
  };
  accepted().socket->pause_reading(false);
  ASSERT_TRUE(loop.until([&] { return right == kFrames; })) << right;
  EXPECT_EQ(client.sent, kFrames);
}

TEST_F(WebSocketTest, KeepsOrderAndBytesTowardsASlowClient) {
  server.sockets.clear();
  open();
  client.socket->pause_reading(true);
  constexpr std::size_t kFrames = 10'000;
  const auto payload_of = [](std::size_t i) {
    return std::to_string(i) + std::string(100 + i % 1900, static_cast<char>('a' + i % 26));
  };
  std::size_t queued = 0;
  const auto fill = [&] {
    while (queued < kFrames) {
      const Offer offer =
          queued % 3 == 0
              ? accepted().socket->send(Message::make(MessageType::Text, payload_of(queued)))
              : accepted().socket->send(MessageType::Text, payload_of(queued));
      if (offer != Offer::Accepted) break;
      ++queued;
    }
  };
  accepted().on_drain_do = fill;
  fill();
  EXPECT_LT(queued, kFrames);  // 1000 messages is the server's default limit
  std::size_t right = 0;
  client.keep_messages = false;
  client.on_message_do = [&](MessageType, std::string_view payload) {
    if (payload == payload_of(right)) ++right;
  };
  loop->run_once(20ms);
  EXPECT_EQ(right, 0U);
  client.socket->pause_reading(false);
  ASSERT_TRUE(loop.until([&] { return right == kFrames; })) << right;
  EXPECT_EQ(accepted().sent, kFrames);
  EXPECT_GT(accepted().drains, 0);
}

TEST_F(WebSocketTest, SaysFullAndThenThatThereIsRoomAgain) {
  open({.max_queued_bytes = 1000, .max_queued_messages = 10});
  const std::string payload(400, 'x');
  EXPECT_EQ(client.socket->send(MessageType::Text, payload), Offer::Accepted);
  EXPECT_EQ(client.socket->send(MessageType::Text, payload), Offer::Accepted);
  EXPECT_EQ(client.socket->send(MessageType::Text, payload), Offer::Full);
  EXPECT_EQ(client.socket->queued_bytes(), 800U);
  ASSERT_TRUE(loop.until([&] { return client.drains == 1; }));
  EXPECT_EQ(client.socket->send(MessageType::Text, std::string(5000, 'y')), Offer::Accepted)
      << "a single message over the limit goes when the queue is empty";
  ASSERT_TRUE(loop.until([&] { return accepted().messages.size() == 3; }));
  EXPECT_EQ(client.drains, 1);
}

TEST_F(WebSocketTest, IsOfflineBeforeItOpensAndAfterItCloses) {
  connect(loop, client, server.url("ws"));
  EXPECT_FALSE(client.socket->is_open());
  EXPECT_EQ(client.socket->send(MessageType::Text, "early"), Offer::Offline);
  ASSERT_TRUE(loop.until([&] { return client.opened && !server.sockets.empty(); }));
  EXPECT_TRUE(client.socket->is_open());
  client.socket->close(close_code::kNormal, "done");
  EXPECT_EQ(client.socket->send(MessageType::Text, "late"), Offer::Offline);
  ASSERT_TRUE(loop.until([&] { return client.closed && accepted().closed; }));
  EXPECT_EQ(client.socket->send(MessageType::Text, "too late"), Offer::Offline);
  EXPECT_EQ(accepted().socket->send(MessageType::Text, "too late"), Offer::Offline);
}

TEST_F(WebSocketTest, SendsWhatIsQueuedBeforeItCloses) {
  open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(client.socket->send(MessageType::Text, std::to_string(i)), Offer::Accepted);
  }
  client.socket->close(4001, "bye");
  ASSERT_TRUE(loop.until([&] { return client.closed && accepted().closed; }));
  EXPECT_EQ(accepted().messages.size(), 100U);
  EXPECT_EQ(accepted().closed->code, 4001);
  EXPECT_EQ(accepted().closed->reason, "bye");
  EXPECT_TRUE(accepted().closed->was_open);
  EXPECT_EQ(client.closed->code, 4001);
  EXPECT_EQ(client.closed->reason, "bye");
  EXPECT_TRUE(client.closed->was_open);
  EXPECT_FALSE(client.closed->error);
  EXPECT_EQ(client.closes, 1);
  EXPECT_EQ(accepted().closes, 1);
}

TEST_F(WebSocketTest, TellsTheClientTheServersCloseCode) {
  open();
  ASSERT_EQ(accepted().socket->send(MessageType::Text, "last words"), Offer::Accepted);
  accepted().socket->close(close_code::kPolicyViolation, "not allowed");
  ASSERT_TRUE(loop.until([&] { return client.closed && accepted().closed; }));
  EXPECT_EQ(client.messages.size(), 1U);
  EXPECT_EQ(client.closed->code, close_code::kPolicyViolation);
  EXPECT_EQ(client.closed->reason, "not allowed");
  EXPECT_EQ(accepted().closed->code, close_code::kPolicyViolation);
}

TEST_F(WebSocketTest, AnswersPingsBothWays) {
  open();
  client.socket->ping();
  ASSERT_TRUE(loop.until([&] { return client.pongs == 1; }));
  accepted().socket->ping();
  ASSERT_TRUE(loop.until([&] { return accepted().pongs == 1; }));
}

TEST_F(WebSocketTest, AbortsWithoutAWord) {
  open();
  client.socket->abort("enough");
  EXPECT_FALSE(client.closed);
  ASSERT_TRUE(loop.until([&] { return client.closed && accepted().closed; }));
  EXPECT_EQ(client.closed->code, close_code::kAbnormal);
  EXPECT_EQ(client.closed->reason, "enough");
  EXPECT_EQ(accepted().closed->code, close_code::kAbnormal);
  ASSERT_TRUE(accepted().closed->error);
  EXPECT_EQ(accepted().closed->error->code, Errc::Unavailable);
}

TEST_F(WebSocketTest, ClosesSocketsWhenTheServerGoes) {
  open();
  server.server.reset();
  ASSERT_TRUE(loop.until([&] { return client.closed && accepted().closed; }));
  EXPECT_EQ(client.closed->code, close_code::kAbnormal);
}

}  // namespace
}  // namespace webpubsub::net::testing
