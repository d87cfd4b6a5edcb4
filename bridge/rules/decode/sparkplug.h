// payload: sparkplug. What edge nodes and devices of Sparkplug B (3.0.0) publish.

#pragma once

#include "bridge/rules/decode/decoder.h"
#include "bridge/rules/decode/sparkplug_nodes.h"

namespace gateway::sparkplug {
class Payload;
}

namespace gateway {

/// Births, data and deaths become readings whose fields are the metrics by name; births and deaths
/// begin with "$state": "online" or "offline", the death of a node names its devices. A data
/// message of which no metric has a name known from a birth is malformed. A missing birth and a gap
/// in the sequence ask the node for a rebirth, at most every 30 seconds. Commands are no readings.
class SparkplugDecoder final : public Decoder {
 public:
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;

  /// Of "spBv1.0/GROUP/TYPE/NODE/DEVICE".
  struct Topic {
    std::string_view group{};
    std::string_view type{};
    std::string_view node{};
    std::string_view device{};  // empty: the node itself
  };

 private:
  bool take_birth(const Topic& topic, const sparkplug::Payload& payload, Decoded& out);
  bool take_death(const Topic& topic, const sparkplug::Payload& payload, Decoded& out);
  bool take_data(const Topic& topic, const sparkplug::Payload& payload, Decoded& out,
                 bool& needs_rebirth);

  SparkplugNodes nodes_{};
  SparkplugNode* node_ = nullptr;  // of the message at hand
};

}  // namespace gateway
