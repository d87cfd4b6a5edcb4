#include "bridge/downlink/json_lookup.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace gateway {

namespace {

// RFC 6901, section 4: "~1" is '/', "~0" is '~', in this order.
std::string unescape(std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '~' && i + 1 < part.size()) {
      ++i;
      text += part[i] == '1' ? '/' : '~';
    } else {
      text += part[i];
    }
  }
  return text;
}

bool is_integer(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

double to_double(const std::string& number) {
  double value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value;
}

}  // namespace

bool equal_scalars(const JsonValue& a, const JsonValue& b) {
  using Kind = JsonValue::Kind;
  if (a.kind != b.kind || a.kind == Kind::Absent || a.kind == Kind::Container) return false;
  if (a.text == b.text) return true;
  // Whole numbers differ where their digits do; a double could not tell large ones apart.
  if (a.kind != Kind::Number || (is_integer(a.text) && is_integer(b.text))) return false;
  const double x = to_double(a.text);
  const double y = to_double(b.text);
  return x <= y && x >= y;
}

// RapidJSON's events, followed along the tree of pointers.
class JsonWalk {
 public:
  JsonWalk(const JsonLookup& lookup, const rapidjson::MemoryStream& stream, std::string_view text)
      : lookup_(lookup), stream_(stream), text_(text), values_(lookup.values_) {}

  std::vector<JsonValue> take() { return std::move(values_); }

  // The names are RapidJSON's. NOLINTBEGIN(readability-identifier-naming)
  bool Null() { return scalar(JsonValue::Kind::Null, "null"); }
  bool Bool(bool value) {
    return value ? scalar(JsonValue::Kind::True, "true") : scalar(JsonValue::Kind::False, "false");
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return scalar(JsonValue::Kind::Number, {text, length});
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return scalar(JsonValue::Kind::String, {text, length});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    open_.back().next = child(open_.back().node, {text, length});
    return true;
  }
  bool StartObject() { return open(false); }
  bool StartArray() { return open(true); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  // Numbers come as their text. Not called, but asked for.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  // NOLINTEND(readability-identifier-naming)

 private:
  static constexpr std::size_t kNone = JsonLookup::kNone;

  struct Open {
    std::size_t node = kNone;  // kNone: no pointer leads in here
    std::size_t next = kNone;  // node of the member whose value comes next
    bool array = false;
    std::size_t index = 0;
    std::size_t begin = 0;  // of its text
  };

  std::size_t child(std::size_t node, std::string_view name) const {
    if (node == kNone) return kNone;
    const auto& children = lookup_.nodes_[node].children;
    const auto found = children.find(name);
    return found == children.end() ? kNone : found->second;
  }

  // The node of the value that starts now. What an earlier member of the same name left is void.
  std::size_t enter() {
    std::size_t node = 0;
    if (!open_.empty()) {
      Open& parent = open_.back();
      if (parent.array && parent.node != kNone && !lookup_.nodes_[parent.node].children.empty()) {
        parent.next = child(parent.node, std::to_string(parent.index));
      }
      ++parent.index;
      node = std::exchange(parent.next, kNone);
    }
    forget(node);
    return node;
  }

  void forget(std::size_t node) {
    if (node == kNone) return;
    const auto& place = lookup_.nodes_[node];
    if (place.value != kNone) values_[place.value] = {};
    for (const auto& [name, below] : place.children) forget(below);
  }

  bool scalar(JsonValue::Kind kind, std::string_view text) {
    store(enter(), kind, text);
    return true;
  }

  void store(std::size_t node, JsonValue::Kind kind, std::string_view text) {
    if (node == kNone || lookup_.nodes_[node].value == kNone) return;
    values_[lookup_.nodes_[node].value] = {kind, std::string(text)};
  }

  // The reader stands on the bracket, in both.
  bool open(bool array) {
    open_.push_back({.node = enter(), .array = array, .begin = stream_.Tell()});
    return true;
  }
  bool close() {
    const Open closed = open_.back();
    open_.pop_back();
    store(closed.node, JsonValue::Kind::Container,
          text_.substr(closed.begin, stream_.Tell() + 1 - closed.begin));
    return true;
  }

  const JsonLookup& lookup_;
  const rapidjson::MemoryStream& stream_;
  std::string_view text_;
  std::vector<JsonValue> values_;
  std::vector<Open> open_{};
};

JsonLookup::JsonLookup() : nodes_(1) {}

std::size_t JsonLookup::add(std::string_view pointer) {
  std::size_t node = 0;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);  // the '/'
    const auto end = std::min(pointer.find('/'), pointer.size());
    auto [place, fresh] =
        nodes_[node].children.try_emplace(unescape(pointer.substr(0, end)), nodes_.size());
    node = place->second;
    if (fresh) nodes_.emplace_back();
    pointer.remove_prefix(end);
  }
  if (nodes_[node].value == kNone) nodes_[node].value = values_++;
  return nodes_[node].value;
}

std::vector<JsonValue> JsonLookup::find(std::string_view text) const {
  // Iterative: depth cannot exhaust the stack. Numbers as text: RapidJSON 1.1.0 overflows on
  // hostile exponents, and would respell them.
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  JsonWalk walk(*this, stream, text);
  rapidjson::Reader reader;
  if (reader.Parse<kFlags>(stream, walk).IsError()) return std::vector<JsonValue>(values_);
  return walk.take();
}

}  // namespace gateway
