// The frames of Web PubSub's subprotocols as values, free of any encoding.
//
// Upstream is client to service, downstream service to client. Source: Azure Web PubSub JSON
// WebSocket subprotocol; client specification, sections 2 and 3.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub {

enum class DataType : std::uint8_t { Json, Text, Binary, Protobuf };

/// A payload. `bytes` is the JSON text exactly as it was sent, the text itself, or the raw bytes
/// (of a serialised google.protobuf.Any for Protobuf); base64 exists on the wire only.
struct Data {
  DataType type = DataType::Json;
  std::string bytes{};
  bool operator==(const Data&) const = default;
};

using AckId = std::uint64_t;
using SequenceId = std::uint64_t;

/// Names and values that travel beside a payload, in the order they were written. A group's state
/// has the same shape.
using StringMap = std::vector<std::pair<std::string, std::string>>;

// ---- client to service ---------------------------------------------------------------------

struct JoinGroup {
  std::string group{};
  std::optional<AckId> ack_id{};
  bool operator==(const JoinGroup&) const = default;
};
struct LeaveGroup {
  std::string group{};
  std::optional<AckId> ack_id{};
  bool operator==(const LeaveGroup&) const = default;
};
/// Makes a send the beginning of a stream; it then has no data and no ackId.
struct StreamStart {
  std::string stream_id{};
  std::optional<std::uint32_t> idle_timeout_ms{};
  bool operator==(const StreamStart&) const = default;
};
struct SendToGroup {
  std::string group{};
  std::optional<AckId> ack_id{};
  bool no_echo = false;
  Data data{};
  std::optional<std::uint32_t> ttl_seconds{};  // 0 to 300
  StringMap metadata{};
  std::optional<StreamStart> stream{};
  bool operator==(const SendToGroup&) const = default;
};
struct SendEvent {
  std::string event{};
  std::optional<AckId> ack_id{};
  Data data{};
  StringMap metadata{};
  bool operator==(const SendEvent&) const = default;
};
struct Ping {
  bool operator==(const Ping&) const = default;
};
struct SequenceAck {
  SequenceId sequence_id = 0;
  bool operator==(const SequenceAck&) const = default;
};
/// An event whose answer comes back by `invocation_id`.
struct Invoke {
  std::string invocation_id{};
  std::string event{};
  std::optional<Data> data{};
  bool operator==(const Invoke&) const = default;
};
struct CancelInvocation {
  std::string invocation_id{};
  bool operator==(const CancelInvocation&) const = default;
};
/// Without `data` it only keeps the stream alive.
struct StreamData {
  std::string stream_id{};
  std::uint64_t stream_sequence_id = 0;
  std::optional<Data> data{};
  bool operator==(const StreamData&) const = default;
};
struct StreamFailure {
  std::string message{};
  std::string user_error_code{};
  bool operator==(const StreamFailure&) const = default;
};
struct StreamEnd {
  std::string stream_id{};
  std::optional<StreamFailure> error{};
  bool operator==(const StreamEnd&) const = default;
};
struct SetGroupState {
  std::string group{};
  std::optional<StringMap> state{};  // nothing: clear it
  std::optional<AckId> ack_id{};
  bool operator==(const SetGroupState&) const = default;
};
struct SubscribeGroupState {
  std::string group{};
  std::optional<AckId> ack_id{};
  bool operator==(const SubscribeGroupState&) const = default;
};
struct UnsubscribeGroupState {
  std::string group{};
  std::optional<AckId> ack_id{};
  bool operator==(const UnsubscribeGroupState&) const = default;
};
using UpstreamFrame = std::variant<JoinGroup, LeaveGroup, SendToGroup, SendEvent, Ping, SequenceAck,
                                   Invoke, CancelInvocation, StreamData, StreamEnd, SetGroupState,
                                   SubscribeGroupState, UnsubscribeGroupState>;

// ---- service to client ---------------------------------------------------------------------

struct Connected {
  std::string connection_id{};
  std::string user_id{};             // empty: anonymous
  std::string reconnection_token{};  // reliable subprotocols only
  bool operator==(const Connected&) const = default;
};
struct Disconnected {
  std::string message{};
  bool operator==(const Disconnected&) const = default;
};
struct Ack {
  AckId ack_id = 0;
  bool success = true;
  std::string error_name{};  // "Forbidden", "Duplicate", "InternalServerError", ...
  std::string error_message{};
  bool operator==(const Ack&) const = default;
};
/// Why a stream ended: "UserError", "IdleTimeout", "InternalServerError", "Forbidden", "Cancelled".
struct StreamError {
  std::string name{};
  std::string message{};
  std::string user_error_code{};
  bool operator==(const StreamError&) const = default;
};
/// The place of a group message in a stream.
struct StreamInfo {
  std::string stream_id{};
  std::uint64_t stream_sequence_id = 0;
  bool end_of_stream = false;
  std::optional<StreamError> error{};
  bool operator==(const StreamInfo&) const = default;
};
struct GroupMessage {
  std::string group{};
  std::string from_user_id{};  // empty: anonymous, sent by the service's REST API, or protobuf
  Data data{};
  std::optional<SequenceId> sequence_id{};
  StringMap metadata{};
  std::optional<StreamInfo> stream{};
  bool operator==(const GroupMessage&) const = default;
};
struct ServerMessage {
  Data data{};
  std::optional<SequenceId> sequence_id{};
  StringMap metadata{};
  bool operator==(const ServerMessage&) const = default;
};
struct Pong {
  bool operator==(const Pong&) const = default;
};
struct InvokeResponse {
  std::string invocation_id{};
  bool success = true;
  std::optional<Data> data{};
  std::string error_name{};
  std::string error_message{};
  bool operator==(const InvokeResponse&) const = default;
};
/// Everything below `expected_sequence_id` has arrived.
struct StreamAck {
  std::string stream_id{};
  std::uint64_t expected_sequence_id = 0;
  bool operator==(const StreamAck&) const = default;
};
/// Send again from `expected_sequence_id`.
struct StreamNack {
  std::string stream_id{};
  std::uint64_t expected_sequence_id = 0;
  std::string name{};  // "InvalidSequenceId", "TransientError"
  std::string message{};
  bool operator==(const StreamNack&) const = default;
};
struct StreamClosed {
  std::string stream_id{};
  std::string error_name{};  // empty: it ended well
  std::string error_message{};
  bool operator==(const StreamClosed&) const = default;
};
struct GroupStateItem {
  std::string connection_id{};
  std::string user_id{};  // empty: anonymous
  std::optional<StringMap> state{};
  std::int64_t updated_at = 0;  // milliseconds since the epoch
  bool operator==(const GroupStateItem&) const = default;
};
/// The states set in a group: all of them (a snapshot), or those that changed.
struct GroupStates {
  bool is_snapshot = false;
  std::string group{};
  std::vector<GroupStateItem> items{};
  std::optional<SequenceId> sequence_id{};
  bool operator==(const GroupStates&) const = default;
};
/// A frame this version does not know; ignored by clients.
struct UnknownFrame {
  std::string type{};
  bool operator==(const UnknownFrame&) const = default;
};
using DownstreamFrame =
    std::variant<Connected, Disconnected, Ack, GroupMessage, ServerMessage, Pong, UnknownFrame,
                 InvokeResponse, StreamAck, StreamNack, StreamClosed, GroupStates>;

}  // namespace webpubsub
