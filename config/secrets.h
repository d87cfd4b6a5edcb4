// Secrets: written in the configuration, or better in a file that it names.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "config/section.h"

namespace gateway::config {

struct FoundSecret {
  webpubsub::Secret secret{};
  std::string file{};  // where it was read from; empty: the configuration itself
  Value value;         // for reports
};

/// The secret of `key`, or of the file that `file_key` names; both together are reported. Empty
/// ones count as not given.
std::optional<FoundSecret> read_secret(Section& section, std::string_view key,
                                       std::string_view file_key);

/// The secret of the file that `value` names.
std::optional<FoundSecret> read_secret(const Value& value);

}  // namespace gateway::config
