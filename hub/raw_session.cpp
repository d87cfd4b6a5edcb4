#include "hub/raw_session.h"

#include "hub/text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

Result<RawOptions> RawOptions::parse(const net::QueryParameters& query) {
  std::string mode;
  std::string no_echo;
  RawOptions options;
  for (const auto& [name, value] : query) {
    if (equals_ignoring_case(name, "webpubsub_mode")) mode = value;
    if (equals_ignoring_case(name, "group")) options.group = value;
    if (equals_ignoring_case(name, "noEcho")) no_echo = value;
  }
  if (equals_ignoring_case(mode, "sendToGroup")) {
    options.mode = Mode::SendToGroup;
    if (!is_valid_group_name(options.group)) {
      return Error{Errc::InvalidArgument, "sendToGroup mode needs a valid group."};
    }
  } else if (!mode.empty() && !equals_ignoring_case(mode, "sendEvent")) {
    return Error{Errc::InvalidArgument, "webpubsub_mode is either sendEvent or sendToGroup."};
  }
  if (equals_ignoring_case(no_echo, "true")) {
    options.no_echo = true;
  } else if (!no_echo.empty() && !equals_ignoring_case(no_echo, "false")) {
    return Error{Errc::InvalidArgument, "noEcho is either true or false."};
  }
  return options;
}

void RawSession::on_payload(net::MessageType type, std::string_view payload) {
  Data data{.type = type == net::MessageType::Text ? DataType::Text : DataType::Binary,
            .bytes = std::string(payload)};
  if (options_.mode == RawOptions::Mode::SendEvent) {
    return raise_event("message", data, {},
                       [this](EventReply reply) { answer_event(std::move(reply)); });
  }
  // No ack could tell it, so a missing permission ends the connection.
  if (!permissions().send.allows(options_.group)) {
    return close(net::close_code::kPolicyViolation,
                 "The connection is not authorized for raw sendToGroup mode.");
  }
  publish({.group = options_.group, .data = std::move(data)}, options_.no_echo);
}

void RawSession::answer_event(EventReply reply) {
  if (!reply.success) return close(net::close_code::kInternalError, "Internal server error");
  if (reply.data) send(encode_raw(*reply.data));
}

}  // namespace webpubsub::hub
