// Whether a value of a command is what its rule asks for.

#pragma once

#include <string_view>
#include <vector>

#include "bridge/downlink/command_options.h"
#include "bridge/downlink/json_lookup.h"

namespace gateway {

/// One condition, made ready.
class Condition {
 public:
  explicit Condition(const CommandCondition& options);
  bool holds(const JsonValue& value) const;

 private:
  CommandCondition options_;
  std::vector<JsonValue> one_of_{};
  bool compares_ = false;
};

/// What `text`, one JSON value, is.
JsonValue parse_json_value(std::string_view text);

}  // namespace gateway
