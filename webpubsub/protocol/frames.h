// The frames of Web PubSub's subprotocols as values, free of any encoding.
//
// Upstream is client to service, downstream service to client. Source: Azure Web PubSub JSON
// WebSocket subprotocol; client specification, sections 2 and 3.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace webpubsub {

enum class DataType : std::uint8_t { Json, Text, Binary, Protobuf };

/// A payload. `bytes` is the JSON text exactly as it was sent, the text itself, or the raw bytes;
/// base64 exists on the wire only.
struct Data {
  DataType type = DataType::Json;
  std::string bytes{};
};

using AckId = std::uint64_t;
using SequenceId = std::uint64_t;

struct JoinGroup {
  std::string group{};
  std::optional<AckId> ack_id{};
};
struct LeaveGroup {
  std::string group{};
  std::optional<AckId> ack_id{};
};
struct SendToGroup {
  std::string group{};
  std::optional<AckId> ack_id{};
  bool no_echo = false;
  Data data{};
};
struct SendEvent {
  std::string event{};
  std::optional<AckId> ack_id{};
  Data data{};
};
struct Ping {};
struct SequenceAck {
  std::uint64_t sequence_id = 0;
};
using UpstreamFrame =
    std::variant<JoinGroup, LeaveGroup, SendToGroup, SendEvent, Ping, SequenceAck>;

struct Connected {
  std::string connection_id{};
  std::string user_id{};             // empty: anonymous
  std::string reconnection_token{};  // reliable subprotocols only
};
struct Disconnected {
  std::string message{};
};
struct Ack {
  AckId ack_id = 0;
  bool success = true;
  std::string error_name{};  // "Forbidden", "Duplicate", "InternalServerError", ...
  std::string error_message{};
};
struct GroupMessage {
  std::string group{};
  std::string from_user_id{};  // empty: anonymous, or sent by the service's REST API
  Data data{};
  std::optional<std::uint64_t> sequence_id{};
};
struct ServerMessage {
  Data data{};
  std::optional<std::uint64_t> sequence_id{};
};
struct Pong {};
/// A frame this version does not know; ignored by clients.
struct UnknownFrame {
  std::string type{};
};
using DownstreamFrame =
    std::variant<Connected, Disconnected, Ack, GroupMessage, ServerMessage, Pong, UnknownFrame>;

}  // namespace webpubsub
