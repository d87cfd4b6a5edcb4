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

/// Writes one frame; the order of members is that of the service's documentation.
struct FrameWriter {
  std::string& out;

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
    send_to_group(frame.group, frame.data.type, frame.data.bytes, frame.ack_id, frame.no_echo);
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
    out += '}';
  }
  void operator()(const Ping&) const { out += R"({"type":"ping"})"; }
  void operator()(const SequenceAck& frame) const {
    out += R"({"type":"sequenceAck","sequenceId":)";
    append_number(out, frame.sequence_id);
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
    out += R"(,"success":false,"error":{"name":)";
    append_json_string(out, frame.error_name);
    append_string(out, "message", frame.error_message);
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
    out += '}';
  }
  void operator()(const ServerMessage& frame) const {
    message(frame.sequence_id, "server");
    append_data(out, frame.data.type, frame.data.bytes);
    out += '}';
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
