// What a new configuration changes, key by key, for people and for those who apply it.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace gateway::config {

/// One key whose effective value differs. Secrets are never in it, only that they differ.
struct Change {
  enum class Kind : std::uint8_t { Changed, Added, Removed, Secret };
  Kind kind = Kind::Changed;
  std::string
      key{};  // "mqtt.broker", "rules[climate].batch.max_delay"; "rules[climate]" as a whole
  std::string before{};
  std::string after{};

  /// "mqtt.keep_alive: 30s → 1m", "rules[climate]: added", "webpubsub.access_key: (changed)".
  std::string text() const;
};

/// Rules and commands are told apart by their names.
std::vector<Change> difference(const Settings& before, const Settings& after);

/// Whether some change is of `key` itself or of what is under it.
bool touches(const std::vector<Change>& changes, std::string_view key);

/// 16 hexadecimal digits that tell one effective configuration from another; nothing of a secret
/// goes into them.
std::string fingerprint(const Settings& settings);

}  // namespace gateway::config
