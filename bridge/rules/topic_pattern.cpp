#include "bridge/rules/topic_pattern.h"

#include <algorithm>

#include "bridge/rules/topic_levels.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::size_t kMaxNames = 32;

// Not the locale's idea of a letter: names become JSON members and template variables.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

std::optional<std::string> wrong_with_name(std::string_view name,
                                           const std::vector<std::string>& others) {
  if (name.empty()) return "a capture needs a name, as in {device}";
  if (!is_letter(name.front()) || !std::all_of(name.begin(), name.end(), is_name_character)) {
    return "the capture {" + std::string(name) +
           "} must start with a letter and hold only letters, digits and '_'";
  }
  if (std::find(others.begin(), others.end(), name) != others.end()) {
    return "the capture {" + std::string(name) + "} stands twice";
  }
  if (others.size() == kMaxNames) return "a topic has at most 32 captures";
  return std::nullopt;
}

}  // namespace

Result<TopicPattern> TopicPattern::parse(std::string_view text) {
  if (text.starts_with("$share/")) {
    return Error{Errc::InvalidArgument,
                 "\"$share\" is no topic: messages of a shared subscription come with their own"};
  }
  std::string filter;
  std::vector<std::string> names;
  std::vector<Capture> named;
  std::vector<Capture> wildcards;
  TopicLevels levels(text);
  for (std::size_t index = 0; !levels.done(); ++index) {
    auto level = levels.next();
    if (index > 0) filter += '/';
    if (level == "+" || level == "#") wildcards.push_back({index, level == "#"});
    if (level.find_first_of("{}") == std::string_view::npos) {
      filter += level;
      continue;
    }
    if (level.size() < 2 || level.front() != '{' || level.back() != '}') {
      return Error{Errc::InvalidArgument, "a capture must fill its level by itself, not as in \"" +
                                              std::string(level) + "\""};
    }
    auto name = level.substr(1, level.size() - 2);
    const bool rest = name.ends_with("...");
    if (rest) {
      name.remove_suffix(3);
      if (!levels.done()) {
        return Error{Errc::InvalidArgument,
                     "{" + std::string(name) + "...} must be the last level"};
      }
    }
    if (auto wrong = wrong_with_name(name, names)) return Error{Errc::InvalidArgument, *wrong};
    names.emplace_back(name);
    named.push_back({index, rest});
    filter += rest ? "+/#" : "+";  // "+/#": at least one level, where "#" alone takes none too
  }
  auto parsed = TopicFilter::parse(filter);
  if (!parsed) return parsed.error();
  TopicPattern pattern(std::string(text), std::move(*parsed));
  pattern.variables_ = names;
  for (std::size_t i = 1; i <= wildcards.size(); ++i) {
    pattern.variables_.push_back(std::to_string(i));
  }
  pattern.names_ = std::move(names);
  pattern.captures_ = std::move(named);
  pattern.captures_.insert(pattern.captures_.end(), wildcards.begin(), wildcards.end());
  return pattern;
}

void TopicPattern::capture(std::string_view topic, std::vector<std::string_view>& values) const {
  values.assign(captures_.size(), {});  // a '#' that matched its parent level stays empty
  TopicLevels levels(topic);
  for (std::size_t index = 0; !levels.done(); ++index) {
    const auto rest = levels.rest();
    const auto level = levels.next();
    for (std::size_t i = 0; i < captures_.size(); ++i) {
      if (captures_[i].level == index) values[i] = captures_[i].rest ? rest : level;
    }
  }
}

}  // namespace gateway
