// Filters built from data, for ServiceClient: values cannot break out of their quotes.
//
//   filter_text("userId eq {} and not ({} in groups)", {user, "muted"})
//
// Source: reference, section 9.

#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace webpubsub {

/// A value as a literal of the filter language.
class FilterValue {
 public:
  FilterValue(std::string_view text);  // quoted, with its quotes doubled
  FilterValue(const std::string& text) : FilterValue(std::string_view(text)) {}
  FilterValue(const char* text) : FilterValue(std::string_view(text)) {}
  FilterValue(std::nullptr_t) : literal_("null") {}
  FilterValue(std::same_as<bool> auto value) : literal_(value ? "true" : "false") {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) FilterValue(T value) : literal_(std::to_string(value)) {}

  const std::string& literal() const noexcept { return literal_; }

 private:
  std::string literal_;
};

/// `pattern` with each {} replaced by the next value; further {} stay as they are, which the
/// service refuses.
std::string filter_text(std::string_view pattern, std::initializer_list<FilterValue> values);

}  // namespace webpubsub
