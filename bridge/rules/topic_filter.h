// Topic filters: the pattern side of an MQTT subscription.
//
// A filter is checked once, when the configuration loads, so that matching runs on every message
// without allocating and without a way to fail.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gateway {

class TopicFilter {
 public:
  /// Parses a filter such as "site/+/temp/#".
  /// Errors: InvalidArgument when `text` is empty, longer than 65535 bytes, not UTF-8, holds a
  /// NUL, or has a wildcard that does not fill its level by itself or a '#' that is not last.
  /// Source: MQTT 5.0, 4.7.1 and 4.7.3.
  static webpubsub::Result<TopicFilter> parse(std::string_view text);

  /// Whether this filter covers `topic`, a topic name without wildcards. A leading wildcard does
  /// not reach topics that start with '$' (MQTT 5.0, 4.7.2). Linear in the length of `topic`.
  bool matches(std::string_view topic) const noexcept;

  /// Whether some topic is matched by both.
  bool overlaps(const TopicFilter& other) const noexcept;
  /// The narrowest filter that covers both, which must overlap.
  TopicFilter joined_with(const TopicFilter& other) const;

  const std::string& text() const noexcept { return text_; }
  bool operator==(const TopicFilter&) const = default;

 private:
  explicit TopicFilter(std::string text) : text_(std::move(text)) {}
  std::string text_;  // valid by construction
};

/// Whether `topic` may be published to: not empty, at most 65535 bytes, no wildcards, no NUL,
/// valid UTF-8. Source: MQTT 5.0, 4.7.3.
bool is_valid_topic(std::string_view topic);

}  // namespace gateway
