// From frames to bytes and back, one codec per subprotocol. Stateless: any thread.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

inline constexpr std::string_view kJsonSubprotocol = "json.webpubsub.azure.v1";

class Codec {
 public:
  virtual ~Codec() = default;

  virtual std::string_view subprotocol() const noexcept = 0;
  /// Whether its messages travel as WebSocket binary frames.
  virtual bool is_binary() const noexcept = 0;

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
  virtual Result<UpstreamFrame> decode_upstream(std::string_view message) const = 0;
};

/// The codec of json.webpubsub.azure.v1.
const Codec& json_codec();

}  // namespace webpubsub
