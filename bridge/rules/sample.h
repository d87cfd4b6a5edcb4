// What the stages of a rule work on: the fields of one message.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/value.h"

namespace gateway {

struct Field {
  std::string_view name{};
  Value value{};
};

/// The field of a payload that is no object.
inline constexpr std::string_view kBareField = "value";

struct Sample {
  std::vector<Field> fields{};
  bool bare = false;  // a payload that is no object: one field, called kBareField

  /// nullptr when there is none.
  Field* find(std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    return found == fields.end() ? nullptr : &*found;
  }
  const Field* find(std::string_view name) const { return const_cast<Sample*>(this)->find(name); }
};

/// Appends it as JSON: an object, or the bare value.
void append_json(std::string& out, const Sample& sample);

}  // namespace gateway
