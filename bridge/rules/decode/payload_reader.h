// From the payload of a message to the readings in it.

#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "bridge/rules/decode/decoder.h"

namespace gateway {

/// For rules whose payloads are not one reading as they came.
class PayloadReader {
 public:
  static bool is_needed(const RuleOptions& rule) { return needs_decoder(rule); }

  explicit PayloadReader(const RuleOptions& rule);

  /// False when the payload is not what the rule says.
  [[nodiscard]] bool read(const Decoder::Message& message);
  /// Of the latest message: its readings, and what is asked of devices.
  const Decoded& readings() const noexcept { return decoded_; }
  const std::vector<DeviceRequest>& requests() const noexcept { return requests_; }

 private:
  std::unique_ptr<Decoder> decoder_;
  Decoded decoded_{};
  std::vector<DeviceRequest> requests_{};
};

}  // namespace gateway
