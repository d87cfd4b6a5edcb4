// The levels of a topic, one after the other.

#pragma once

#include <string_view>

namespace gateway {

/// Walks over the levels of a topic or filter without allocating: "a//b" has "a", "" and "b".
class TopicLevels {
 public:
  explicit TopicLevels(std::string_view text) : rest_(text) {}

  bool done() const noexcept { return done_; }

  std::string_view next() noexcept {
    const auto slash = rest_.find('/');
    const auto level = rest_.substr(0, slash);
    if (slash == std::string_view::npos) {
      done_ = true;
    } else {
      rest_.remove_prefix(slash + 1);
    }
    return level;
  }

  /// What next() has not given yet.
  std::string_view rest() const noexcept { return done_ ? std::string_view{} : rest_; }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace gateway
