#include <array>

#include <google/protobuf/arena.h>

#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/protobuf_messages.h"

namespace webpubsub {
namespace {

using google::protobuf::Arena;
using google::protobuf::ArenaOptions;

/// A message and all that hangs on it, in one piece of the stack as a rule.
template <class Message>
class Scratch {
 public:
  Scratch() : arena_(options()), message_(Arena::CreateMessage<Message>(&arena_)) {}
  Message& operator*() { return *message_; }
  Message* operator->() { return message_; }

 private:
  ArenaOptions options() {
    ArenaOptions options;
    options.initial_block = block_.data();
    options.initial_block_size = block_.size();
    return options;
  }
  alignas(8) std::array<char, 2048> block_;
  Arena arena_;
  Message* message_;
};

// ---- the two paths that messages take by the thousand, written by hand ------------------------

// Tags: the field's number, shifted, and how its value is encoded.
constexpr char kVarint = 0;
constexpr char kLengthDelimited = 2;
constexpr char tag(int field, char kind) { return static_cast<char>((field << 3) | kind); }

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7U;
    ++size;
  }
  return size;
}

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

std::size_t delimited_size(std::size_t length) { return 1 + varint_size(length) + length; }

void append_length(std::string& out, int field, std::size_t length) {
  out += tag(field, kLengthDelimited);
  append_varint(out, length);
}

int field_of(DataType type) {
  switch (type) {
    case DataType::Text:
      return 1;
    case DataType::Binary:
      return 2;
    case DataType::Protobuf:
      return 3;
    case DataType::Json:
      break;
  }
  return 4;
}

class ProtobufCodec final : public Codec {
 public:
  explicit ProtobufCodec(bool reliable) : reliable_(reliable) {}

  std::string_view subprotocol() const noexcept override {
    return reliable_ ? kProtobufReliableSubprotocol : kProtobufSubprotocol;
  }
  bool is_binary() const noexcept override { return true; }
  bool is_reliable() const noexcept override { return reliable_; }

  void encode(const UpstreamFrame& frame, std::string& out) const override {
    Scratch<wire::UpstreamMessage> message;
    write_protobuf(frame, *message);
    message->SerializeToString(&out);
  }
  void encode(const DownstreamFrame& frame, std::string& out) const override {
    Scratch<wire::DownstreamMessage> message;
    write_protobuf(frame, *message);
    message->SerializeToString(&out);
  }

  /// An UpstreamMessage (1) with a SendToGroupMessage: group 1, ack_id 2, data 3, no_echo 4.
  void encode_send_to_group(std::string_view group, DataType type, std::string_view bytes,
                            std::optional<AckId> ack_id, bool no_echo,
                            std::string& out) const override {
    const std::size_t data = delimited_size(bytes.size());
    const std::size_t whole = delimited_size(group.size()) +
                              (ack_id ? 1 + varint_size(*ack_id) : 0) + delimited_size(data) +
                              (no_echo ? 2 : 0);
    out.clear();
    append_length(out, 1, whole);
    append_length(out, 1, group.size());
    out += group;
    if (ack_id) {
      out += tag(2, kVarint);
      append_varint(out, *ack_id);
    }
    append_length(out, 3, data);
    append_length(out, field_of(type), bytes.size());
    out += bytes;
    if (no_echo) {
      out += tag(4, kVarint);
      out += '\1';
    }
  }

  /// A DownstreamMessage is nothing but its DataMessage (2), to which field 4 is added.
  void encode_with_sequence_id(std::string_view encoded, std::uint64_t sequence_id,
                               std::string& out) const override {
    std::size_t header = 2;  // the tag and the last byte of the length
    while ((static_cast<unsigned char>(encoded[header - 1]) & 0x80U) != 0) ++header;
    const std::string_view inside = encoded.substr(header);
    out.assign(1, encoded[0]);
    append_varint(out, inside.size() + 1 + varint_size(sequence_id));
    out += inside;
    out += tag(encoded[0] == tag(2, kLengthDelimited) ? 4 : 3, kVarint);
    append_varint(out, sequence_id);
  }

  Result<DownstreamFrame> decode_downstream(std::string_view message) const override {
    Scratch<wire::DownstreamMessage> parsed;
    if (!parse(message, *parsed)) return not_protobuf();
    return read_protobuf(*parsed);
  }
  Result<UpstreamFrame> decode_upstream(std::string_view message) const override {
    Scratch<wire::UpstreamMessage> parsed;
    if (!parse(message, *parsed)) return not_protobuf();
    return read_protobuf(*parsed);
  }

 private:
  template <class Message>
  static bool parse(std::string_view bytes, Message& message) {
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  static Error not_protobuf() {
    return {Errc::Protocol, "the message is not one of the protobuf subprotocol", 0};
  }

  bool reliable_;
};

}  // namespace

const Codec& protobuf_codec() {
  static const ProtobufCodec codec(false);
  return codec;
}

const Codec& protobuf_reliable_codec() {
  static const ProtobufCodec codec(true);
  return codec;
}

}  // namespace webpubsub
