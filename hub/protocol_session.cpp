#include "hub/protocol_session.h"

#include <string>
#include <utility>
#include <variant>

#include "hub/membership.h"
#include "hub/publish.h"

namespace webpubsub::hub {

// Source for close codes, ack names and texts: reference, sections 3.3 and 3.5.

void ProtocolSession::greet() {
  send_frame(Connected{.connection_id = id(),
                       .user_id = user_id(),
                       .reconnection_token = std::string(reconnection_token())});
}

void ProtocolSession::say_goodbye(std::string_view reason) {
  std::string message = "Application server closed the connection.";
  if (!reason.empty()) message.append(" Reason: ").append(reason);
  send_frame(Disconnected{std::move(message)});
}

void ProtocolSession::on_payload(net::MessageType type, std::string_view payload) {
  if ((type == net::MessageType::Binary) != codec_.is_binary()) {
    return close_as_malformed(net::close_code::kUnsupportedData,
                              codec_.is_binary()
                                  ? "The protobuf subprotocol requires binary messages."
                                  : "The JSON subprotocol requires text messages.",
                              "the wrong kind of WebSocket message");
  }
  auto frame = codec_.decode_upstream(payload);
  if (!frame) {
    return close_as_malformed(net::close_code::kInvalidPayload,
                              "The client message is not a valid JSON protocol message.",
                              frame.error().message);
  }
  std::visit([this](auto&& known) { handle(std::forward<decltype(known)>(known)); },
             std::move(*frame));
}

bool ProtocolSession::is_duplicate(std::optional<AckId> id) {
  if (!id || !recent_acks_.contains(*id)) return false;
  fail(id, "Duplicate", "Message with ack-id: " + std::to_string(*id) + " has been processed");
  return true;
}

void ProtocolSession::succeed(std::optional<AckId> id) {
  if (!id) return;
  recent_acks_.remember(*id);
  send_frame(Ack{.ack_id = *id});
}

void ProtocolSession::fail(std::optional<AckId> id, std::string_view name,
                           std::string_view message) {
  if (!id) return;  // without an ackId errors are silent and the connection stays
  send_frame(Ack{.ack_id = *id,
                 .success = false,
                 .error_name = std::string(name),
                 .error_message = std::string(message)});
}

void ProtocolSession::forbid(std::optional<AckId> id, std::string_view what,
                             std::string_view group) {
  std::string message = "The client does not have permission to ";
  message.append(what).append(" group '").append(group).append("'.");
  fail(id, "Forbidden", message);
}

void ProtocolSession::handle(const JoinGroup& frame) {
  if (is_duplicate(frame.ack_id)) return;
  if (!permissions().join_leave.allows(frame.group)) {
    return forbid(frame.ack_id, "join", frame.group);
  }
  if (!join_group(context(), hub(), *this, frame.group)) {
    return fail(frame.ack_id, "BadRequest", "The connection is in as many groups as it may be.");
  }
  succeed(frame.ack_id);
}

void ProtocolSession::handle(const LeaveGroup& frame) {
  if (is_duplicate(frame.ack_id)) return;
  if (!permissions().join_leave.allows(frame.group)) {
    return forbid(frame.ack_id, "leave", frame.group);
  }
  hub().leave(*this, frame.group);
  succeed(frame.ack_id);
}

void ProtocolSession::handle(SendToGroup frame) {
  if (frame.stream) return start_stream(frame);
  if (is_duplicate(frame.ack_id)) return;
  if (!permissions().send.allows(frame.group)) {
    return forbid(frame.ack_id, "send to", frame.group);
  }
  publish({.group = std::move(frame.group),
           .data = std::move(frame.data),
           .metadata = std::move(frame.metadata)},
          frame.no_echo, std::chrono::seconds(frame.ttl_seconds.value_or(0)));
  if (!is_closing()) succeed(frame.ack_id);
}

void ProtocolSession::handle(const SendEvent& frame) {
  if (is_duplicate(frame.ack_id)) return;
  raise_event(
      frame.event, frame.data, frame.metadata,
      [this, ack_id = frame.ack_id](EventReply reply) { answer_event(ack_id, std::move(reply)); });
}

void ProtocolSession::answer_event(std::optional<AckId> id, EventReply reply) {
  if (!reply.success) return fail(id, reply.error_name, reply.error_message);
  if (reply.data) {
    SharedMessage message(ServerMessage{.data = std::move(*reply.data)});
    deliver_to_one(context(), *this, message);
  }
  if (!is_closing()) succeed(id);
}

void ProtocolSession::handle(const Invoke& frame) {
  raise_event(
      frame.event, frame.data.value_or(Data{DataType::Text, {}}), {},
      [this, id = frame.invocation_id](EventReply reply) {
        answer_invocation(id, std::move(reply));
      },
      true);
}

void ProtocolSession::answer_invocation(const std::string& id, EventReply reply) {
  InvokeResponse response{.invocation_id = id, .success = reply.success};
  if (reply.success) {
    response.data = std::move(reply.data);
  } else {
    response.error_name = std::move(reply.error_name);
    response.error_message = std::move(reply.error_message);
  }
  send_frame(response);
}

void ProtocolSession::handle(Ping /*frame*/) { send_frame(Pong{}); }

}  // namespace webpubsub::hub
