// From frames to bytes and back, one codec per subprotocol. Stateless: any thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

inline constexpr std::string_view kJsonSubprotocol = "json.webpubsub.azure.v1";
inline constexpr std::string_view kJsonReliableSubprotocol = "json.reliable.webpubsub.azure.v1";
inline constexpr std::string_view kProtobufSubprotocol = "protobuf.webpubsub.azure.v1";
inline constexpr std::string_view kProtobufReliableSubprotocol =
    "protobuf.reliable.webpubsub.azure.v1";

class Codec {
 public:
  virtual ~Codec() = default;

  virtual std::string_view subprotocol() const noexcept = 0;
  /// Whether its messages travel as WebSocket binary frames.
  virtual bool is_binary() const noexcept = 0;
  /// Whether its connections outlive their sockets: sequence ids and recovery.
  virtual bool is_reliable() const noexcept = 0;

  /// Client side. encode() replaces `out` and keeps its memory. A JSON payload is written as it
  /// is: it must have been validated (json_text.h).
  virtual void encode(const UpstreamFrame& frame, std::string& out) const = 0;
  /// The same as encode(SendToGroup{...}) without building one: the path of every reading.
  virtual void encode_send_to_group(std::string_view group, DataType type, std::string_view bytes,
                                    std::optional<AckId> ack_id, bool no_echo,
                                    std::string& out) const = 0;
  /// Errors: Protocol. An unknown kind of frame is not an error (UnknownFrame).
  virtual Result<DownstreamFrame> decode_downstream(std::string_view message) const = 0;

  /// Service side. Errors: Protocol, with what is wrong; the caller closes with 1007.
  virtual void encode(const DownstreamFrame& frame, std::string& out) const = 0;
  /// `encoded` is what encode() made of a message without a sequence id; replaces `out` by the same
  /// with one. A fan-out encodes once and numbers for each receiver.
  virtual void encode_with_sequence_id(std::string_view encoded, std::uint64_t sequence_id,
                                       std::string& out) const = 0;
  virtual Result<UpstreamFrame> decode_upstream(std::string_view message) const = 0;
};

/// The codec of json.webpubsub.azure.v1.
const Codec& json_codec();
/// The codec of json.reliable.webpubsub.azure.v1.
const Codec& json_reliable_codec();
/// The codec of protobuf.webpubsub.azure.v1. Group messages do not tell who sent them.
const Codec& protobuf_codec();
/// The codec of protobuf.reliable.webpubsub.azure.v1.
const Codec& protobuf_reliable_codec();

/// The codec of a subprotocol by its name, compared without regard to case; null when unknown.
const Codec* find_codec(std::string_view subprotocol);
/// The names of all subprotocols there are codecs for.
std::vector<std::string> known_subprotocols();

}  // namespace webpubsub
