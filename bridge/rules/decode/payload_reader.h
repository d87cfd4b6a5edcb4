// From the payload of a message to the readings in it: decoded, and then through jq.

#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bridge/rules/decode/decoder.h"
#include "bridge/rules/jq/jq_worker.h"

namespace gateway {

/// For rules whose payloads are not one reading as they came.
class PayloadReader {
 public:
  static bool is_needed(const RuleOptions& rule);

  explicit PayloadReader(const RuleOptions& rule);

  enum class Read : std::uint8_t {
    Right,
    Malformed,  // the payload is not what the rule says
    Failed,     // the rule's jq program failed, or took too long or too much
    TooMany,    // readings, before jq or after it
  };
  [[nodiscard]] Read read(const Decoder::Message& message);
  /// Of the latest message: its readings, and what is asked of devices.
  const Decoded& readings() const noexcept { return jq_ ? results_ : decoded_; }
  const std::vector<DeviceRequest>& requests() const noexcept { return requests_; }

 private:
  bool decode(const Decoder::Message& message);

  const bool text_;
  std::unique_ptr<Decoder> decoder_{};
  std::unique_ptr<JqWorker> jq_{};
  Decoded decoded_{};
  Decoded results_{};
  std::vector<DeviceRequest> requests_{};
};

}  // namespace gateway
