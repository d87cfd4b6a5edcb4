// A password, key or token: wiped when it goes, and without a way into a log by accident.

#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace webpubsub {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  /// The text itself. Every call is a place to look at in a review.
  std::string_view reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  void wipe() noexcept;
  std::string text_;
};

/// `url` without what could be secret: user information and the query's values.
std::string redact_url(std::string_view url);

}  // namespace webpubsub
