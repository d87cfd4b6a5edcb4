// Bytes of packets as people read them: "10 0C 00 04 'MQTT' 05".

#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace webpubsub::mqtt {

/// Pairs of hexadecimal digits and quoted text, apart from each other by spaces.
inline std::string bytes(std::string_view written) {
  std::string result;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] == ' ') continue;
    if (written[i] == '\'') {
      const std::size_t end = written.find('\'', i + 1);
      result += written.substr(i + 1, end - i - 1);
      i = end;
      continue;
    }
    unsigned value = 0;
    std::from_chars(written.data() + i, written.data() + i + 2, value, 16);
    result += static_cast<char>(value);
    ++i;
  }
  return result;
}

}  // namespace webpubsub::mqtt
