#include "bridge/rules/decode/document.h"

#include <string>

#include <rapidjson/document.h>

#include "webpubsub/protocol/json_reader.h"

namespace gateway {

/// Gets the values from RapidJSON's reader, texts as ranges of the payload.
class Document::Builder {
 public:
  Builder(std::vector<Node>& nodes, const webpubsub::LookOnlyStream& stream)
      : nodes_(nodes), stream_(stream) {}

  // The names are RapidJSON's. NOLINTBEGIN(readability-identifier-naming)
  bool Null() { return add(Kind::Null, "null"); }
  bool Bool(bool value) { return add(Kind::Bool, value ? "true" : "false"); }
  bool Int(int) { return false; }  // numbers come as text
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return add(Kind::Number, {text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return add(Kind::Text, {text, size});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key_ = {text, size};
    return true;
  }
  bool StartObject() { return open(Kind::Object); }
  bool StartArray() { return open(Kind::Array); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  // NOLINTEND(readability-identifier-naming)

 private:
  bool add(Kind kind, std::string_view text) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({kind, index + 1, open_, key_, text, true});
    key_ = {};
    return true;
  }

  // The reader calls us before it takes the bracket, at the start and at the end.
  bool open(Kind kind) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    add(kind, {stream_.current(), 1});  // the bracket, until close() knows the end
    open_ = index;
    return ++depth_ <= webpubsub::kMaxJsonDepth;
  }

  bool close() {
    auto& node = nodes_[open_];
    const auto* const begin = node.text.data();
    node.text = {begin, static_cast<std::size_t>(stream_.current() + 1 - begin)};
    node.end = static_cast<std::uint32_t>(nodes_.size());
    open_ = node.parent;
    --depth_;
    return true;
  }

  std::vector<Node>& nodes_;
  const webpubsub::LookOnlyStream& stream_;
  std::string_view key_{};
  std::uint32_t open_ = UINT32_MAX;
  std::size_t depth_ = 0;
};

bool Document::parse(std::string_view text) {
  nodes_.clear();
  if (!webpubsub::is_valid_utf8(text)) return false;
  webpubsub::LookOnlyStream stream(text);
  Builder builder(nodes_, stream);
  if (webpubsub::read_json(stream, builder) && !webpubsub::has_lone_surrogate(text)) return true;
  nodes_.clear();
  return false;
}

bool Document::set_text(std::string_view text) {
  nodes_.clear();
  if (!webpubsub::is_valid_utf8(text)) return false;
  nodes_.push_back({.kind = Kind::Text, .end = 1, .text = text, .escaped = false});
  return true;
}

std::size_t Document::first(std::size_t node) const noexcept {
  return node + 1 < nodes_[node].end ? node + 1 : kNone;
}

std::size_t Document::next(std::size_t node) const noexcept {
  const auto parent = nodes_[node].parent;
  const auto after = nodes_[node].end;
  return parent != UINT32_MAX && after < nodes_[parent].end ? after : kNone;
}

std::size_t Document::member(std::size_t node, std::string_view name, Arena& arena) const {
  if (!is_object(node)) return kNone;
  auto found = kNone;
  for (auto each = first(node); each != kNone; each = next(each)) {
    if (key(each, arena) == name) found = each;
  }
  return found;
}

std::size_t Document::item(std::size_t node, std::size_t index) const {
  if (!is_array(node)) return kNone;
  auto each = first(node);
  for (; each != kNone && index > 0; --index) each = next(each);
  return each;
}

namespace {

/// `text` without its escapes, which are right: the reader has seen them.
std::string_view decoded(std::string_view text, Arena& arena) {
  if (text.find('\\') == std::string_view::npos) return text;
  rapidjson::Document string;
  const std::string quoted = '"' + std::string(text) + '"';
  string.Parse(quoted.data(), quoted.size());
  return arena.keep({string.GetString(), string.GetStringLength()});
}

}  // namespace

std::string_view Document::key(std::size_t node, Arena& arena) const {
  return decoded(nodes_[node].key, arena);
}

Value Document::value(std::size_t node, Arena& arena) const {
  if (node == kNone) return {};
  const auto& found = nodes_[node];
  switch (found.kind) {
    case Kind::Null:
      return {Value::Kind::Null, found.text};
    case Kind::Bool:
      return {Value::Kind::Bool, found.text};
    case Kind::Number:
      return {Value::Kind::Number, found.text};
    case Kind::Text:
      return {Value::Kind::Text, found.escaped ? decoded(found.text, arena) : found.text};
    case Kind::Array:
    case Kind::Object:
      return {Value::Kind::Json, found.text};
  }
  return {};
}

}  // namespace gateway
