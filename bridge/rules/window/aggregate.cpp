#include "bridge/rules/window/aggregate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace gateway {

namespace {

/// Results of calculations, without the noise of their last digits.
void append_result(std::string& out, double number) {
  constexpr int kDigits = 12;
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 std::chars_format::general, kDigits)
                       .ptr;
  const auto rounded = parse_number({digits.data(), end});
  out += format_number(rounded.value_or(number));
}

/// Whether a value is on; nothing for one that is neither.
std::optional<bool> is_on(const Value& value, const std::optional<double>& number) {
  if (number) return *number != 0;
  if (value.kind == Value::Kind::Bool) return value.text == "true";
  return std::nullopt;
}

}  // namespace

void Aggregate::carry(bool on, std::int64_t time) {
  on_ = on;
  on_since_ = time;
}

void Aggregate::add(const Value& value, std::int64_t time, bool with_percentiles) {
  if (value.kind == Value::Kind::Absent || value.kind == Value::Kind::Null) return;
  const auto number = as_number(value);
  ++values_;
  if (value.text.size() <= kMaxText) keep_ends(value, time);
  const auto on = is_on(value, number);
  if (on && (!on_ || time >= on_since_)) {  // one of earlier does not say how it is since
    end(time);
    on_ = on;
    on_since_ = std::max(on_since_, time);
  }
  if (!number) return;
  min_ = numbers_ == 0 ? *number : std::min(min_, *number);
  max_ = numbers_ == 0 ? *number : std::max(max_, *number);
  if (numbers_ == 0 || time >= last_number_.time) last_number_ = {*number, time};
  if (numbers_ == 0 || time < first_number_.time) first_number_ = {*number, time};
  ++numbers_;
  sum_ += *number;
  if (with_percentiles) digest_.add(*number);
}

void Aggregate::keep_ends(const Value& value, std::int64_t time) {
  const bool none = last_.kind == Value::Kind::Absent;
  if (none || time >= last_time_) {
    last_.assign(value);
    last_time_ = time;
  }
  if (none || time < first_time_) {
    first_.assign(value);
    first_time_ = time;
  }
}

void Aggregate::end(std::int64_t time) {
  if (!on_ || time <= on_since_) return;
  known_time_ += time - on_since_;
  if (*on_) on_time_ += time - on_since_;
  on_since_ = time;
}

void Aggregate::merge(const Aggregate& later) {
  if (first_.kind == Value::Kind::Absent) first_ = later.first_;
  if (later.last_.kind != Value::Kind::Absent) last_ = later.last_;
  values_ += later.values_;
  if (later.numbers_ > 0) {
    min_ = numbers_ == 0 ? later.min_ : std::min(min_, later.min_);
    max_ = numbers_ == 0 ? later.max_ : std::max(max_, later.max_);
    if (numbers_ == 0) first_number_ = later.first_number_;
    last_number_ = later.last_number_;
  }
  numbers_ += later.numbers_;
  sum_ += later.sum_;
  on_time_ += later.on_time_;
  known_time_ += later.known_time_;
  if (later.on_) on_ = later.on_;
  digest_.merge(later.digest_);
}

void Aggregate::append(std::string& out, const WindowFunction& function) {
  using Kind = WindowFunction::Kind;
  if (function.kind == Kind::Count) {
    out += std::to_string(values_);
    return;
  }
  if (function.kind == Kind::First || function.kind == Kind::Last) {
    append_json(out, (function.kind == Kind::First ? first_ : last_).view());
    return;
  }
  if (function.kind == Kind::Duty) {
    return append_result(out, known_time_ > 0
                                  ? static_cast<double>(on_time_) / static_cast<double>(known_time_)
                                  : std::nan(""));
  }
  if (numbers_ == 0) {
    out += "null";
    return;
  }
  switch (function.kind) {
    case Kind::Min:
      return append_result(out, min_);
    case Kind::Max:
      return append_result(out, max_);
    case Kind::Sum:
      return append_result(out, sum_);
    case Kind::Percentile:
      return append_result(out, digest_.quantile(function.percent / 100));
    case Kind::Rate: {
      const auto seconds = static_cast<double>(last_number_.time - first_number_.time) / 1000;
      const auto change = last_number_.number - first_number_.number;
      return append_result(out, seconds > 0 ? change / seconds : std::nan(""));
    }
    default:
      return append_result(out, sum_ / static_cast<double>(numbers_));
  }
}

}  // namespace gateway
