// What "send" was asked for.

#pragma once

#include <optional>
#include <string>

#include "webpubsub/command/client_place.h"
#include "webpubsub/command/message_feed.h"
#include "webpubsub/service/service_client.h"

namespace webpubsub::command {

struct SendArguments {
  ClientPlace place{};
  // Exactly one of these says to whom.
  bool all = false;
  std::string group{};
  std::string user{};
  std::string connection{};

  std::optional<std::string> message{};  // nothing: standard input
  bool lines = false;
  DataType type = DataType::Text;
  ServiceSendOptions options{};
  bool as_client = false;
  bool no_echo = false;
  bool json = false;
};

/// The whole message, or lines without any input yet. Errors: Io.
Result<MessageFeed> open_feed(const std::optional<std::string>& message, bool lines, DataType type);

/// What was sent, when JSON was asked for. Returns the exit code.
int report_sent(const SendArguments& arguments, std::size_t count);

/// Sends to the group over a WebSocket, waiting for the service's acks.
int send_as_client(const SendArguments& arguments);

}  // namespace webpubsub::command
