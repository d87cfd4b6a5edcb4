// Whole numbers in JSON.

#pragma once

#include <array>
#include <charconv>
#include <string>

namespace gateway {

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace gateway
