#include "webpubsub/protocol/json_scan.h"

#include <algorithm>
#include <charconv>

#include "webpubsub/protocol/json_reader.h"

namespace webpubsub {
namespace {

using rapidjson::SizeType;

/// Turns the reader's events into whole values directly inside the root; whatever is deeper is
/// only checked. `Sink` says what to do with them: on_key(), on_value(), on_root(kind).
template <class Sink>
class MemberEvents {
 public:
  MemberEvents(const LookOnlyStream& stream, Sink& sink) : stream_(stream), sink_(sink) {}

  // The names are RapidJSON's. NOLINTBEGIN(readability-identifier-naming)
  bool Null() { return literal(JsonKind::Null, 4); }
  bool Bool(bool value) { return value ? literal(JsonKind::True, 4) : literal(JsonKind::False, 5); }
  bool RawNumber(const char* text, SizeType length, bool) {
    return value({JsonKind::Number, {text, length}});
  }
  bool String(const char* text, SizeType length, bool) {
    return value({JsonKind::String, {text, length}});
  }
  bool Key(const char* text, SizeType length, bool) {
    if (depth_ == 1) sink_.on_key({text, length});
    return true;
  }
  bool StartObject() { return start(JsonKind::Object); }
  bool StartArray() { return start(JsonKind::Array); }
  bool EndObject(SizeType) { return end(JsonKind::Object); }
  bool EndArray(SizeType) { return end(JsonKind::Array); }
  // Numbers come as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  // NOLINTEND(readability-identifier-naming)

 private:
  bool value(const JsonSlice& slice) {
    if (depth_ == 1) sink_.on_value(slice);
    if (depth_ == 0) sink_.on_root(slice.kind);
    return true;
  }
  bool literal(JsonKind kind, std::size_t length) {  // the reader stands behind it
    return value({kind, {stream_.current() - length, length}});
  }
  bool start(JsonKind kind) {  // the reader stands before the bracket
    if (depth_ == 0) sink_.on_root(kind);
    if (depth_ == 1) start_ = stream_.current();
    return ++depth_ <= kMaxJsonDepth;
  }
  bool end(JsonKind kind) {  // the same
    --depth_;
    if (depth_ == 1) {
      sink_.on_value({kind, {start_, static_cast<std::size_t>(stream_.current() + 1 - start_)}});
    }
    return true;
  }

  const LookOnlyStream& stream_;
  Sink& sink_;
  const char* start_ = nullptr;
  std::size_t depth_ = 0;
};

class NamedMembers {
 public:
  NamedMembers(std::span<const std::string_view> names, std::span<JsonSlice> values)
      : names_(names), values_(values) {}

  void on_root(JsonKind kind) { root_ = kind; }
  void on_key(std::string_view key) {
    std::string unescaped;
    if (key.find('\\') != std::string_view::npos) key = unescaped = json_unescape(key);
    place_ = 0;
    while (place_ < names_.size() && names_[place_] != key) ++place_;
  }
  void on_value(const JsonSlice& slice) {
    if (root_ == JsonKind::Object && place_ < values_.size()) values_[place_] = slice;
  }
  bool is_object() const { return root_ == JsonKind::Object; }

 private:
  std::span<const std::string_view> names_;
  std::span<JsonSlice> values_;
  JsonKind root_ = JsonKind::Absent;
  std::size_t place_ = 0;
};

class StringList {
 public:
  void on_root(JsonKind kind) { good_ = kind == JsonKind::Array; }
  void on_key(std::string_view) { good_ = false; }
  void on_value(const JsonSlice& slice) {
    if (slice.is_string()) {
      strings_.push_back(json_unescape(slice.text));
    } else {
      good_ = false;
    }
  }
  bool is_good() const { return good_; }
  std::vector<std::string> take() { return std::move(strings_); }

 private:
  std::vector<std::string> strings_;
  bool good_ = false;
};

class StringMembers {
 public:
  void on_root(JsonKind kind) { good_ = kind == JsonKind::Object; }
  void on_key(std::string_view key) { members_.emplace_back(json_unescape(key), std::string()); }
  void on_value(const JsonSlice& slice) {
    good_ = good_ && slice.is_string();
    if (good_) members_.back().second = json_unescape(slice.text);
  }
  bool is_good() const { return good_; }
  std::vector<std::pair<std::string, std::string>> take() { return std::move(members_); }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
  bool good_ = false;
};

class Elements {
 public:
  void on_root(JsonKind) {}
  void on_key(std::string_view) {}
  void on_value(const JsonSlice& slice) { elements_.push_back(slice); }
  std::vector<JsonSlice> take() { return std::move(elements_); }

 private:
  std::vector<JsonSlice> elements_;
};

unsigned hex4(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + 4, value, 16);
  return value;
}

void append_utf8(std::string& out, unsigned point) {
  const auto put = [&out](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0U | (point >> 6U));
  } else {
    if (point < 0x10000) {
      put(0xE0U | (point >> 12U));
    } else {
      put(0xF0U | (point >> 18U));
      put(0x80U | ((point >> 12U) & 0x3FU));
    }
    put(0x80U | ((point >> 6U) & 0x3FU));
  }
  put(0x80U | (point & 0x3FU));
}

/// Appends what the escape at the start of `rest` stands for; returns its length.
std::size_t append_unescaped(std::string& out, std::string_view rest) {
  switch (rest[1]) {
    case 'b':
      out += '\b';
      return 2;
    case 'f':
      out += '\f';
      return 2;
    case 'n':
      out += '\n';
      return 2;
    case 'r':
      out += '\r';
      return 2;
    case 't':
      out += '\t';
      return 2;
    case 'u':
      break;
    default:
      out += rest[1];
      return 2;  // a quote, a slash or a backslash
  }
  const unsigned unit = hex4(rest.substr(2));
  // The second half of a pair by itself makes the whole text malformed, but keys are read before
  // that is found out.
  if (unit < 0xD800 || unit > 0xDBFF) {
    append_utf8(out, unit);
    return 6;
  }
  const unsigned low = hex4(rest.substr(8));
  append_utf8(out, 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00));
  return 12;
}

}  // namespace

JsonScan scan_json_object(std::string_view text, std::span<const std::string_view> names,
                          std::span<JsonSlice> values) {
  if (!is_valid_utf8(text)) return JsonScan::Malformed;
  LookOnlyStream stream(text);
  NamedMembers members(names, values);
  MemberEvents events(stream, members);
  if (!read_json(stream, events) || has_lone_surrogate(text)) return JsonScan::Malformed;
  return members.is_object() ? JsonScan::Found : JsonScan::NotAnObject;
}

std::optional<std::vector<std::string>> json_string_list(const JsonSlice& value) {
  if (value.is_string()) return std::vector<std::string>{json_unescape(value.text)};
  if (value.kind != JsonKind::Array) return std::nullopt;
  LookOnlyStream stream(value.text);
  StringList list;
  MemberEvents events(stream, list);
  if (!read_json(stream, events) || !list.is_good()) return std::nullopt;
  return list.take();
}

std::optional<std::vector<std::pair<std::string, std::string>>> json_string_map(
    const JsonSlice& value) {
  if (value.kind != JsonKind::Object) return std::nullopt;
  LookOnlyStream stream(value.text);
  StringMembers members;
  MemberEvents events(stream, members);
  if (!read_json(stream, events) || !members.is_good()) return std::nullopt;
  return members.take();
}

std::optional<std::vector<JsonSlice>> json_elements(const JsonSlice& value) {
  if (value.kind != JsonKind::Array) return std::nullopt;
  LookOnlyStream stream(value.text);
  Elements elements;
  MemberEvents events(stream, elements);
  if (!read_json(stream, events)) return std::nullopt;
  return elements.take();
}

std::string json_unescape(std::string_view slice) {
  std::string out;
  out.reserve(slice.size());
  while (!slice.empty()) {
    const std::size_t clean = std::min(slice.find('\\'), slice.size());
    out.append(slice, 0, clean);
    slice.remove_prefix(clean);
    if (!slice.empty()) slice.remove_prefix(append_unescaped(out, slice));
  }
  return out;
}

std::optional<std::uint64_t> json_uint64(const JsonSlice& value) {
  if (value.kind != JsonKind::Number) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [parsed, problem] = std::from_chars(value.text.data(), end, number);
  if (problem != std::errc() || parsed != end) return std::nullopt;
  return number;
}

}  // namespace webpubsub
