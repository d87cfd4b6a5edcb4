// convert: what is made of the value of a field.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/rules/arena.h"
#include "bridge/rules/value.h"

namespace gateway {

/// In the order of its members. A number that no member changes keeps its digits; what is null
/// stays null.
struct Conversion {
  struct Bits {
    unsigned first = 0;  // 0: the lowest
    unsigned count = 1;
    bool operator==(const Bits&) const = default;
  };
  struct Point {
    double from = 0;
    double to = 0;
    bool operator==(const Point&) const = default;
  };
  struct Entry {
    std::string from{};  // as the value is written; "*": any other
    OwnedValue to{};
    bool operator==(const Entry&) const = default;
  };

  std::string field{};
  bool number = false;          // text such as " 21.5" becomes a number
  std::optional<Bits> bits{};   // of a whole number from 0 to 2^53
  std::vector<Entry> map{};     // ends here when it says something
  std::vector<Point> points{};  // calibration: straight lines between, the outer ones go on
  double scale = 1;
  double offset = 0;
  std::optional<double> min{};
  std::optional<double> max{};
  std::optional<unsigned> round{};  // decimals
  std::string unit{};               // told beside the data
  bool operator==(const Conversion&) const = default;

  /// What becomes of `value`; nothing when it is of a kind or size that this cannot be done with.
  std::optional<Value> apply(const Value& value, Arena& arena) const;

 private:
  bool calculates() const;
  double calculate(double number) const;
};

}  // namespace gateway
