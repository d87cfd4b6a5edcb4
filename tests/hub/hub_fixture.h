// A hub on a free port, and bare WebSockets against it, all on one loop.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "net/websocket_client.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/protocol/codec.h"

namespace webpubsub::hub {

class QuietSink : public LogSink {
 public:
  void write(const LogRecord& record) override { events.emplace_back(record.event); }
  std::vector<std::string> events;
};

/// What a socket received, in order.
class TestSocket : public net::WebSocketListener {
 public:
  void on_open() override { open = true; }
  void on_message(net::MessageType /*type*/, std::string_view payload) override {
    messages.emplace_back(payload);
  }
  void on_close(const net::CloseInfo& info) override { closed = info; }
  void send(std::string_view text) {
    EXPECT_EQ(socket->send(net::MessageType::Text, text), Offer::Accepted);
  }

  bool open = false;
  std::deque<std::string> messages;
  std::optional<net::CloseInfo> closed;
  std::unique_ptr<net::WebSocket> socket;
};

class HubFixture : public testing::Test {
 protected:
  HubFixture() : log_(sink_, LogLevel::Info), loop_(net::EventLoop::create(log_).value()) {}

  void start_hub(HubOptions options = {}) {
    options.port = 0;
    auto hub = Hub::start(*loop_, std::move(options), log_);
    ASSERT_TRUE(hub) << hub.error().message;
    hub_ = std::move(*hub);
  }

  /// Drives the loop until `condition` holds.
  void run_until(const std::function<bool()>& condition) {
    const TimePoint deadline = steady_now() + std::chrono::seconds(10);
    while (!condition() && steady_now() < deadline) loop_->run_once(std::chrono::milliseconds(50));
    ASSERT_TRUE(condition()) << "waited in vain";
  }

  std::string client_url(TokenClaims claims, const std::string& query = {}) {
    claims.audience = client_audience(hub_->endpoint(), "chat");
    claims.issued = wall_now();
    claims.expires = claims.issued + std::chrono::minutes(5);
    const auto parsed = parse_connection_string(hub_->connection_string().reveal());
    return "ws://127.0.0.1:" + std::to_string(hub_->port()) +
           "/client/hubs/chat?access_token=" + sign_token(claims, parsed->access_key) + query;
  }

  std::unique_ptr<TestSocket> start_socket(const std::string& url, std::string_view subprotocol) {
    auto made = std::make_unique<TestSocket>();
    auto socket = net::connect_websocket(
        *loop_, {.url = url, .subprotocol = std::string(subprotocol)}, *made);
    EXPECT_TRUE(socket);
    made->socket = std::move(*socket);
    return made;
  }

  /// A client whose connected frame has been read.
  std::unique_ptr<TestSocket> connect(TokenClaims claims = {}) {
    auto made = start_socket(client_url(std::move(claims)), kJsonSubprotocol);
    run_until([&] { return !made->messages.empty() || made->closed; });
    EXPECT_FALSE(made->closed);
    made->messages.clear();
    return made;
  }

  void expect_next(TestSocket& socket, const std::string& frame) {
    run_until([&] { return !socket.messages.empty() || socket.closed; });
    ASSERT_FALSE(socket.messages.empty());
    EXPECT_EQ(socket.messages.front(), frame);
    socket.messages.pop_front();
  }

  QuietSink sink_;
  Log log_;
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<Hub> hub_;
};

}  // namespace webpubsub::hub
