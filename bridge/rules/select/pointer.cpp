#include "bridge/rules/select/pointer.h"

#include <charconv>
#include <system_error>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::size_t kMaxSteps = 32;

/// "0", "17"; not "017", which is a name only.
std::optional<std::size_t> as_index(std::string_view name) {
  std::size_t index = 0;
  const auto* const end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data(), end, index);
  if (error != std::errc{} || rest != end) return std::nullopt;
  if (name.size() > 1 && name.front() == '0') return std::nullopt;
  return index;
}

/// Nothing for an escape that is none.
std::optional<std::string> unescaped(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      name += step[i];
      continue;
    }
    ++i;
    if (i == step.size() || (step[i] != '0' && step[i] != '1')) return std::nullopt;
    name += step[i] == '0' ? '~' : '/';
  }
  return name;
}

}  // namespace

Result<Pointer> Pointer::parse(std::string_view text) {
  Pointer pointer;
  pointer.text_ = text;
  if (text.empty()) return pointer;
  if (text.front() != '/') {
    return Error{Errc::InvalidArgument, "a JSON pointer starts with '/', as in /data/0/value"};
  }
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto slash = text.find('/');
    auto name = unescaped(text.substr(0, slash));
    if (!name) {
      return Error{Errc::InvalidArgument,
                   "in a JSON pointer '~' is written \"~0\", and '/' within a name \"~1\""};
    }
    if (pointer.steps_.size() == kMaxSteps) {
      return Error{Errc::InvalidArgument, "a JSON pointer has at most 32 steps"};
    }
    auto index = as_index(*name);
    pointer.steps_.push_back({std::move(*name), index});
    text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  }
  return pointer;
}

Value Pointer::find(const Document& document, Arena& arena) const {
  auto node = document.root();
  for (const auto& step : steps_) {
    if (node == Document::kNone) return {};
    if (document.is_object(node)) {
      node = document.member(node, step.name, arena);
    } else if (step.index) {
      node = document.item(node, *step.index);
    } else {
      return {};
    }
  }
  return document.value(node, arena);
}

}  // namespace gateway
