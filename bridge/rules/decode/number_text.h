// payload: number. A number written as text, as many small devices send it.

#pragma once

#include "bridge/rules/decode/decoder.h"

namespace gateway {

/// White space around it and a unit behind it ("21.5 °C") are left out; digits stay as they came.
class NumberText final : public Decoder {
 public:
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;
};

/// Appends `text`, a number as people write it, as JSON: "+05" as "5". False when it is none.
[[nodiscard]] bool append_number(std::string& out, std::string_view text);

}  // namespace gateway
