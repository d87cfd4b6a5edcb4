#include <charconv>

#include "base/base64.h"
#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/json_decode.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  constexpr std::size_t kDigits = 20;  // of 2^64 - 1
  char digits[kDigits];
  const auto end = std::to_chars(digits, digits + kDigits, number).ptr;
  out.append(digits, end);
}

/// ,"name": and then the value. `name` is ours and needs no escapes.
void append_name(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":";
}

void append_string(std::string& out, std::string_view name, std::string_view value) {
  append_name(out, name);
  append_json_string(out, value);
}

void append_optional(std::string& out, std::string_view name,
                     const std::optional<std::uint64_t>& number) {
  if (!number) return;
  append_name(out, name);
  append_number(out, *number);
}

void append_data(std::string& out, DataType type, std::string_view bytes) {
  switch (type) {
    case DataType::Json:
      out += R"(,"dataType":"json","data":)";
      out += bytes;
      return;
    case DataType::Text:
      out += R"(,"dataType":"text","data":)";
      append_json_string(out, bytes);
      return;
    case DataType::Binary:
      out += R"(,"dataType":"binary","data":")";
      break;
    case DataType::Protobuf:
      out += R"(,"dataType":"protobuf","data":")";
      break;
  }
  base64_append(out, bytes);
  out += '"';
}

/// {"name":"value",...}
void append_map(std::string& out, const StringMap& map) {
  char separator = '{';
  for (const auto& [name, value] : map) {
    out += separator;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
    separator = ',';
  }
  out += map.empty() ? "{}" : "}";
}

void append_metadata(std::string& out, const StringMap& metadata) {
  if (metadata.empty()) return;
  append_name(out, "metadata");
  append_map(out, metadata);
}

/// ,"error":{"name":...,"message":...
void append_error(std::string& out, std::string_view name, std::string_view message) {
  out += R"(,"error":{"name":)";
  append_json_string(out, name);
  append_string(out, "message", message);
}

/// Writes one frame; the order of members is that of the service's documentation.
struct FrameWriter {
  std::string& out;

  void begin(std::string_view type) const {
    out += R"({"type":")";
    out += type;
    out += '"';
  }

  void group_request(std::string_view type, std::string_view group,
                     const std::optional<AckId>& ack_id) const {
    out += R"({"type":")";
    out += type;
    out += R"(","group":)";
    append_json_string(out, group);
    append_optional(out, "ackId", ack_id);
  }

  void operator()(const JoinGroup& frame) const {
    group_request("joinGroup", frame.group, frame.ack_id);
    out += '}';
  }
  void operator()(const LeaveGroup& frame) const {
    group_request("leaveGroup", frame.group, frame.ack_id);
    out += '}';
  }
  void operator()(const SendToGroup& frame) const {
    if (frame.stream) return stream_start(frame);
    send_to_group(frame.group, frame.data.type, frame.data.bytes, frame.ack_id, frame.no_echo);
    if (!frame.ttl_seconds && frame.metadata.empty()) return;
    out.pop_back();
    send_options(frame);
  }
  void send_options(const SendToGroup& frame) const {
    append_optional(out, "ttlSeconds", frame.ttl_seconds);
    append_metadata(out, frame.metadata);
    out += '}';
  }
  void stream_start(const SendToGroup& frame) const {
    group_request("sendToGroup", frame.group, {});
    if (frame.no_echo) out += R"(,"noEcho":true)";
    out += R"(,"stream":{"streamId":)";
    append_json_string(out, frame.stream->stream_id);
    append_optional(out, "idleTimeoutMs", frame.stream->idle_timeout_ms);
    out += '}';
    send_options(frame);
  }
  void send_to_group(std::string_view group, DataType type, std::string_view bytes,
                     const std::optional<AckId>& ack_id, bool no_echo) const {
    group_request("sendToGroup", group, ack_id);
    if (no_echo) out += R"(,"noEcho":true)";
    append_data(out, type, bytes);
    out += '}';
  }
  void operator()(const SendEvent& frame) const {
    out += R"({"type":"event","event":)";
    append_json_string(out, frame.event);
    append_optional(out, "ackId", frame.ack_id);
    append_data(out, frame.data.type, frame.data.bytes);
    append_metadata(out, frame.metadata);
    out += '}';
  }
  void operator()(const Ping&) const { out += R"({"type":"ping"})"; }
  void operator()(const SequenceAck& frame) const {
    out += R"({"type":"sequenceAck","sequenceId":)";
    append_number(out, frame.sequence_id);
    out += '}';
  }

  void operator()(const Invoke& frame) const {
    begin("invoke");
    append_string(out, "invocationId", frame.invocation_id);
    out += R"(,"target":"event")";
    append_string(out, "event", frame.event);
    if (frame.data) append_data(out, frame.data->type, frame.data->bytes);
    out += '}';
  }
  void operator()(const CancelInvocation& frame) const {
    begin("cancelInvocation");
    append_string(out, "invocationId", frame.invocation_id);
    out += '}';
  }
  void operator()(const StreamData& frame) const {
    begin("streamData");
    append_string(out, "streamId", frame.stream_id);
    if (frame.data) {
      append_optional(out, "streamSequenceId", frame.stream_sequence_id);
      append_data(out, frame.data->type, frame.data->bytes);
    }
    out += '}';
  }
  void operator()(const StreamEnd& frame) const {
    begin("streamEnd");
    append_string(out, "streamId", frame.stream_id);
    if (frame.error) {
      out += R"(,"error":{"message":)";
      append_json_string(out, frame.error->message);
      append_string(out, "userErrorCode", frame.error->user_error_code);
      out += '}';
    }
    out += '}';
  }
  void operator()(const SetGroupState& frame) const {
    group_request("setGroupState", frame.group, frame.ack_id);
    if (frame.state) {
      append_name(out, "state");
      append_map(out, *frame.state);
    }
    out += '}';
  }
  void operator()(const SubscribeGroupState& frame) const {
    group_request("subscribeGroupState", frame.group, frame.ack_id);
    out += '}';
  }
  void operator()(const UnsubscribeGroupState& frame) const {
    group_request("unsubscribeGroupState", frame.group, frame.ack_id);
    out += '}';
  }

  void operator()(const Connected& frame) const {
    out += R"({"type":"system","event":"connected")";
    if (!frame.user_id.empty()) append_string(out, "userId", frame.user_id);
    append_string(out, "connectionId", frame.connection_id);
    if (!frame.reconnection_token.empty()) {
      append_string(out, "reconnectionToken", frame.reconnection_token);
    }
    out += '}';
  }
  void operator()(const Disconnected& frame) const {
    out += R"({"type":"system","event":"disconnected")";
    append_string(out, "message", frame.message);
    out += '}';
  }
  void operator()(const Ack& frame) const {
    out += R"({"type":"ack","ackId":)";
    append_number(out, frame.ack_id);
    if (frame.success) {
      out += R"(,"success":true})";
      return;
    }
    out += R"(,"success":false)";
    append_error(out, frame.error_name, frame.error_message);
    out += "}}";
  }
  void message(const std::optional<std::uint64_t>& sequence_id, std::string_view from) const {
    out += '{';
    if (sequence_id) {
      out += R"("sequenceId":)";
      append_number(out, *sequence_id);
      out += ',';
    }
    out += R"("type":"message","from":")";
    out += from;
    out += '"';
  }
  void operator()(const GroupMessage& frame) const {
    message(frame.sequence_id, "group");
    append_string(out, "group", frame.group);
    if (!frame.from_user_id.empty()) append_string(out, "fromUserId", frame.from_user_id);
    append_data(out, frame.data.type, frame.data.bytes);
    append_metadata(out, frame.metadata);
    if (frame.stream) stream_info(*frame.stream);
    out += '}';
  }
  void stream_info(const StreamInfo& stream) const {
    out += R"(,"stream":{"streamId":)";
    append_json_string(out, stream.stream_id);
    append_optional(out, "streamSequenceId", stream.stream_sequence_id);
    if (stream.end_of_stream) out += R"(,"endOfStream":true)";
    if (stream.error) {
      append_error(out, stream.error->name, stream.error->message);
      if (!stream.error->user_error_code.empty()) {
        append_string(out, "userErrorCode", stream.error->user_error_code);
      }
      out += '}';
    }
    out += '}';
  }
  void operator()(const ServerMessage& frame) const {
    message(frame.sequence_id, "server");
    append_data(out, frame.data.type, frame.data.bytes);
    append_metadata(out, frame.metadata);
    out += '}';
  }
  void operator()(const InvokeResponse& frame) const {
    begin("invokeResponse");
    append_string(out, "invocationId", frame.invocation_id);
    out += frame.success ? R"(,"success":true)" : R"(,"success":false)";
    if (frame.data) append_data(out, frame.data->type, frame.data->bytes);
    if (!frame.success) {
      append_error(out, frame.error_name, frame.error_message);
      out += '}';
    }
    out += '}';
  }
  void operator()(const StreamAck& frame) const {
    begin("streamAck");
    append_string(out, "streamId", frame.stream_id);
    append_optional(out, "expectedSequenceId", frame.expected_sequence_id);
    out += '}';
  }
  void operator()(const StreamNack& frame) const {
    begin("streamNack");
    append_string(out, "streamId", frame.stream_id);
    append_optional(out, "expectedSequenceId", frame.expected_sequence_id);
    append_string(out, "name", frame.name);
    append_string(out, "message", frame.message);
    out += '}';
  }
  void operator()(const StreamClosed& frame) const {
    begin("streamClosed");
    append_string(out, "streamId", frame.stream_id);
    if (!frame.error_name.empty()) {
      append_error(out, frame.error_name, frame.error_message);
      out += '}';
    }
    out += '}';
  }
  void operator()(const GroupStates& frame) const {
    begin(frame.is_snapshot ? "groupStateSnapshot" : "groupStateUpdate");
    append_string(out, "group", frame.group);
    append_optional(out, "sequenceId", frame.sequence_id);
    append_name(out, "items");
    char separator = '[';
    for (const GroupStateItem& item : frame.items) {
      out += separator;
      state_item(item);
      separator = ',';
    }
    out += frame.items.empty() ? "[]" : "]";
    out += '}';
  }
  void state_item(const GroupStateItem& item) const {
    out += R"({"connectionId":)";
    append_json_string(out, item.connection_id);
    if (!item.user_id.empty()) append_string(out, "userId", item.user_id);
    if (item.state) {
      append_name(out, "state");
      append_map(out, *item.state);
    }
    append_name(out, "updatedAt");
    out += std::to_string(item.updated_at) + "}";
  }
  void operator()(const Pong&) const { out += R"({"type":"pong"})"; }
  void operator()(const UnknownFrame& frame) const {
    out += R"({"type":)";
    append_json_string(out, frame.type);
    out += '}';
  }
};

class JsonCodec final : public Codec {
 public:
  explicit JsonCodec(bool reliable) : reliable_(reliable) {}

  std::string_view subprotocol() const noexcept override {
    return reliable_ ? kJsonReliableSubprotocol : kJsonSubprotocol;
  }
  bool is_binary() const noexcept override { return false; }
  bool is_reliable() const noexcept override { return reliable_; }

  void encode(const UpstreamFrame& frame, std::string& out) const override {
    out.clear();
    std::visit(FrameWriter{out}, frame);
  }
  void encode(const DownstreamFrame& frame, std::string& out) const override {
    out.clear();
    std::visit(FrameWriter{out}, frame);
  }
  void encode_send_to_group(std::string_view group, DataType type, std::string_view bytes,
                            std::optional<AckId> ack_id, bool no_echo,
                            std::string& out) const override {
    out.clear();
    FrameWriter{out}.send_to_group(group, type, bytes, ack_id, no_echo);
  }

  void encode_with_sequence_id(std::string_view encoded, std::uint64_t sequence_id,
                               std::string& out) const override {
    out.assign(R"({"sequenceId":)");
    append_number(out, sequence_id);
    out += ',';
    out += encoded.substr(1);
  }

  Result<DownstreamFrame> decode_downstream(std::string_view message) const override {
    return decode_json_downstream(message);
  }
  Result<UpstreamFrame> decode_upstream(std::string_view message) const override {
    return decode_json_upstream(message);
  }

 private:
  bool reliable_;
};

}  // namespace

const Codec& json_codec() {
  static const JsonCodec codec(false);
  return codec;
}

const Codec& json_reliable_codec() {
  static const JsonCodec codec(true);
  return codec;
}

}  // namespace webpubsub
