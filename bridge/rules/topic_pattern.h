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
  /// What templates may use: the names, then "1", "2", ... for each '+' and '#' by itself.
  const std::vector<std::string>& variables() const noexcept { return variables_; }
  const std::string& text() const noexcept { return text_; }
  bool operator==(const TopicPattern&) const = default;

  /// The captured parts of `topic`, which must match filter(), in the order of variables(). Views
  /// into `topic`.
  void capture(std::string_view topic, std::vector<std::string_view>& values) const;

 private:
  TopicPattern(std::string text, TopicFilter filter)
      : text_(std::move(text)), filter_(std::move(filter)) {}
  std::string text_;
  TopicFilter filter_;
  struct Capture {
    std::size_t level = 0;  // its index
    bool rest = false;      // takes all levels from there on
    bool operator==(const Capture&) const = default;
  };
  std::vector<std::string> names_{};
  std::vector<std::string> variables_{};
  std::vector<Capture> captures_{};  // of each variable
};

}  // namespace gateway
