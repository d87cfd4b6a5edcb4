// The service's side of a connection, doing exactly what a test tells it, misbehaviour included.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "webpubsub/protocol/codec.h"

namespace webpubsub {

class ScriptedService;

/// One client's connection as the service sees it.
class ServiceSide final : public net::WebSocketListener {
 public:
  ServiceSide(ScriptedService& service, std::unique_ptr<net::WebSocket> socket)
      : service_(service), socket_(std::move(socket)) {}

  void on_message(net::MessageType type, std::string_view payload) override;
  void on_close(const net::CloseInfo& info) override { closed = info; }

  void send(const DownstreamFrame& frame) {
    std::string text;
    json_codec().encode(frame, text);
    send_text(text);
  }
  void send_text(std::string_view text) {
    EXPECT_EQ(socket_->send(net::MessageType::Text, text), Offer::Accepted);
  }
  net::WebSocket& socket() { return *socket_; }
  void cut() { socket_->abort("cut by the test"); }

  std::vector<std::string> texts{};     // everything received
  std::vector<UpstreamFrame> frames{};  // the same, decoded
  std::optional<net::CloseInfo> closed{};

 private:
  ScriptedService& service_;
  std::unique_ptr<net::WebSocket> socket_;
};

class ScriptedService final : public net::HttpServerHandler {
 public:
  explicit ScriptedService(net::EventLoop& loop, std::uint16_t port = 0) {
    net::HttpServerOptions options;
    options.port = port;
    options.subprotocols = known_subprotocols();
    auto server = net::HttpServer::listen(loop, options, *this);
    if (server) {
      server_ = std::move(server).value();
    } else {
      ADD_FAILURE() << server.error().message;
    }
  }

  std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(server_->port()) +
           "/client/hubs/test?access_token=hush-hush";
  }

  /// The script. What is not set behaves well: a connected frame, acks, pongs.
  std::vector<int> refuse_with{};  // statuses of the next handshakes
  std::function<void(ServiceSide&)> on_open = [this](ServiceSide& side) {
    side.send(Connected{"connection-" + std::to_string(upgrades.size()), "user", {}});
  };
  std::function<void(ServiceSide&, const UpstreamFrame&)> on_frame =
      [](ServiceSide& side, const UpstreamFrame& frame) { answer_well(side, frame); };

  static void answer_well(ServiceSide& side, const UpstreamFrame& frame) {
    if (std::holds_alternative<Ping>(frame)) side.send(Pong{});
    if (const auto id = ack_id_of(frame)) side.send(Ack{*id, true, {}, {}});
  }
  static std::optional<AckId> ack_id_of(const UpstreamFrame& frame) {
    return std::visit(
        [](const auto& known) -> std::optional<AckId> {
          if constexpr (requires { known.ack_id; }) return known.ack_id;
          return std::nullopt;
        },
        frame);
  }

  void on_request(net::HttpRequest, net::HttpResponder respond) override { respond({404, {}, {}}); }
  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest& request) override {
    upgrades.push_back(request);
    if (!refuse_with.empty()) {
      const int status = refuse_with.front();
      refuse_with.erase(refuse_with.begin());
      return {status, {}, "refused", {}};
    }
    return {101,
            request.subprotocols.empty() ? std::string() : request.subprotocols.front(),
            {},
            [this](std::unique_ptr<net::WebSocket> socket) -> net::WebSocketListener& {
              sides.push_back(std::make_unique<ServiceSide>(*this, std::move(socket)));
              if (on_open) on_open(*sides.back());
              return *sides.back();
            }};
  }

  ServiceSide& side() { return *sides.back(); }
  void disappear() { server_.reset(); }

  std::vector<net::UpgradeRequest> upgrades{};
  std::vector<std::unique_ptr<ServiceSide>> sides{};  // one for each connection, oldest first

 private:
  std::unique_ptr<net::HttpServer> server_;
};

inline void ServiceSide::on_message(net::MessageType, std::string_view payload) {
  texts.emplace_back(payload);
  auto frame = json_codec().decode_upstream(payload);
  ASSERT_TRUE(frame) << payload << ": " << frame.error().message;
  frames.push_back(*frame);
  if (service_.on_frame) service_.on_frame(*this, *frame);
}

}  // namespace webpubsub
