// One published message on its way to many receivers.
//
// It is encoded once for each kind of receiver there is, not once for each receiver.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/websocket.h"
#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/frames.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

class SharedMessage {
 public:
  explicit SharedMessage(GroupMessage message) : frame_(std::move(message)) {}
  explicit SharedMessage(ServerMessage message) : frame_(std::move(message)) {}
  /// Not for clients without a subprotocol, which cannot ask for it.
  explicit SharedMessage(GroupStates states) : frame_(std::move(states)) {}

  /// The bytes for clients of `codec`.
  const std::shared_ptr<net::Message>& encoded(const Codec& codec);
  /// The same with a sequence id, for one client of a reliable subprotocol.
  std::shared_ptr<net::Message> encoded(const Codec& codec, SequenceId sequence_id);
  /// Who has not got it after so long need not get it at all; 0: no limit.
  void set_lifetime(std::chrono::seconds lifetime, TimePoint now);
  std::optional<TimePoint> expires() const noexcept { return expires_; }
  /// The message is this one of an MQTT client's, of which other MQTT clients see more than others.
  void set_mqtt(mqtt::Publish packet) { mqtt_ = std::move(packet); }
  /// As MQTT clients see it, with the quality it was published with.
  const mqtt::Publish& as_mqtt();
  /// The bytes of as_mqtt() for clients that take it with QoS 0.
  const std::shared_ptr<net::Message>& encoded_for_mqtt(mqtt::Version version);
  /// The bytes for clients without a subprotocol: the payload alone (reference, section 1.3).
  const std::shared_ptr<net::Message>& raw();

 private:
  const Data& data() const;

  DownstreamFrame frame_;
  std::chrono::seconds lifetime_{0};
  std::optional<TimePoint> expires_{};
  std::shared_ptr<net::Message> raw_;
  std::optional<mqtt::Publish> mqtt_;
  std::vector<std::pair<mqtt::Version, std::shared_ptr<net::Message>>> encoded_for_mqtt_;
  std::string numbered_{};  // keeps its memory from one receiver to the next
  std::vector<std::pair<const Codec*, std::shared_ptr<net::Message>>> encoded_;  // one or two
};

/// One frame for one client.
std::shared_ptr<net::Message> encode_frame(const Codec& codec, const DownstreamFrame& frame);
/// A payload for a client without a subprotocol.
std::shared_ptr<net::Message> encode_raw(const Data& data);

}  // namespace webpubsub::hub
