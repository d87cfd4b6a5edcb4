#include "webpubsub/service/filter_text.h"

namespace webpubsub {

FilterValue::FilterValue(std::string_view text) {
  literal_ += '\'';
  for (const char c : text) {
    literal_ += c;
    if (c == '\'') literal_ += c;
  }
  literal_ += '\'';
}

std::string filter_text(std::string_view pattern, std::initializer_list<FilterValue> values) {
  constexpr std::string_view kPlace = "{}";
  std::string text;
  for (const FilterValue& value : values) {
    const std::size_t place = pattern.find(kPlace);
    if (place == pattern.npos) break;
    text += pattern.substr(0, place);
    text += value.literal();
    pattern.remove_prefix(place + kPlace.size());
  }
  return text += pattern;
}

}  // namespace webpubsub
