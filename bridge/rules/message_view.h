// One message as the stages of its rule see it.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bridge/rules/decode/document.h"

namespace gateway {

struct MessageView {
  std::string_view topic{};
  const std::vector<std::string_view>& captured;  // in the order of the topics' variables()
  std::string_view payload{};
  const Document& document;
  std::int64_t time = 0;  // when it was taken, milliseconds since the Unix epoch
  std::uint8_t qos = 0;
  bool retained = false;
};

}  // namespace gateway
