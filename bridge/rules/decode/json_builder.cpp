#include "bridge/rules/decode/json_builder.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

template <class Number>
void append_digits(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

template <class Real>
void append_real(std::string& out, Real value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    append_digits(out, value == 0 ? Real{0} : value);  // without a sign
  }
}

}  // namespace

bool JsonBuilder::key(std::string_view name) {
  if (!text(name)) return false;
  out_ += ':';
  return true;
}

bool JsonBuilder::text(std::string_view value) {
  if (!webpubsub::is_valid_utf8(value)) return false;
  comma();
  webpubsub::append_json_string(out_, value);
  return true;
}

void JsonBuilder::integer(std::int64_t value) {
  comma();
  append_digits(out_, value);
}

void JsonBuilder::natural(std::uint64_t value) {
  comma();
  append_digits(out_, value);
}

void JsonBuilder::real(double value) {
  comma();
  append_real(out_, value);
}

void JsonBuilder::real(float value) {
  comma();
  append_real(out_, value);
}

void JsonBuilder::bytes(std::string_view value) {
  comma();
  out_ += '"';
  webpubsub::base64_append(out_, value);
  out_ += '"';
}

void JsonBuilder::raw(std::string_view json) {
  comma();
  out_ += json;
}

bool JsonBuilder::open(char bracket) {
  comma();
  out_ += bracket;
  return ++depth_ <= webpubsub::kMaxJsonDepth;
}

void JsonBuilder::close(char bracket) {
  out_ += bracket;
  --depth_;
}

// What stands last tells: a value ends in none of these.
void JsonBuilder::comma() {
  if (out_.size() == begin_) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

}  // namespace gateway
