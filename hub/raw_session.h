// A client without a subprotocol: payloads in, payloads out. Source: reference, section 1.3.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "hub/client_session.h"
#include "net/http.h"

namespace webpubsub::hub {

/// What the query of its URL asks for.
struct RawOptions {
  enum class Mode : std::uint8_t { SendEvent, SendToGroup };
  Mode mode = Mode::SendEvent;
  std::string group{};  // with SendToGroup
  bool no_echo = false;

  /// Values are compared without regard to case, of repeated ones the last counts.
  /// Errors: InvalidArgument.
  static Result<RawOptions> parse(const net::QueryParameters& query);
};

class RawSession : public ClientSession {
 public:
  RawSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
             RawOptions options, std::function<void(ClientSession&)> on_end)
      : ClientSession(context, events, std::move(identity), std::move(on_end)),
        options_(std::move(options)) {}

  bool deliver(SharedMessage& message) override { return queue(message.raw()); }

 protected:
  void on_payload(net::MessageType type, std::string_view payload) override;

 private:
  void answer_event(EventReply reply);

  RawOptions options_;
};

}  // namespace webpubsub::hub
