// A rule's `topic`: a topic filter in which levels may have names, as in
// "sensors/{site}/{device}/telemetry".

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/rules/topic_filter.h"

namespace gateway {

class TopicPattern {
 public:
  /// `{name}` captures one level, `{name...}` the rest (last level only, at least one level); `+`
  /// and `#` match as in MQTT. Names are letters, digits and '_', start with a letter, and stand
  /// once. Errors: InvalidArgument, with what would be right.
  static webpubsub::Result<TopicPattern> parse(std::string_view text);

  /// What to subscribe to: the pattern with '+' and '#' in place of the names.
  const TopicFilter& filter() const noexcept { return filter_; }
  /// Names in the order they stand.
  const std::vector<std::string>& names() const noexcept { return names_; }
  const std::string& text() const noexcept { return text_; }
  bool operator==(const TopicPattern&) const = default;

  /// The captured parts of `topic`, which must match filter(), in the order of names(). Views into
  /// `topic`.
  void capture(std::string_view topic, std::vector<std::string_view>& values) const;

 private:
  TopicPattern(std::string text, TopicFilter filter)
      : text_(std::move(text)), filter_(std::move(filter)) {}
  std::string text_;
  TopicFilter filter_;
  std::vector<std::string> names_{};
  std::vector<std::size_t> levels_{};  // level index of each name
  bool rest_ = false;                  // the last name takes all remaining levels
};

}  // namespace gateway
