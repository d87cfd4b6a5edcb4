// Clients that ask for a connection they had. Source: reference, section 5.1.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/secret.h"
#include "net/http.h"
#include "net/websocket.h"

namespace webpubsub::hub {

struct RecoveryRequest {
  std::string hub{};  // canonical
  std::string connection_id{};
  Secret token{};

  /// Nothing when the request is for a new connection.
  static std::optional<RecoveryRequest> parse(const net::HttpRequest& request);
};

/// The socket of a client whose connection is gone: told so with 1008.
class TurnedAway : public net::WebSocketListener {
 public:
  /// `on_end` runs once: the place to arrange this object's destruction.
  TurnedAway(std::unique_ptr<net::WebSocket> socket, std::function<void(TurnedAway&)> on_end)
      : socket_(std::move(socket)), on_end_(std::move(on_end)) {
    socket_->close(net::close_code::kPolicyViolation, "The connection cannot be recovered.");
  }
  void on_message(net::MessageType /*type*/, std::string_view /*payload*/) override {}
  void on_close(const net::CloseInfo& /*info*/) override { on_end_(*this); }

 private:
  std::unique_ptr<net::WebSocket> socket_;
  std::function<void(TurnedAway&)> on_end_;
};

}  // namespace webpubsub::hub
