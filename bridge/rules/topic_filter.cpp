#include "bridge/rules/topic_filter.h"

#include "bridge/rules/topic_levels.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::size_t kMaxTopic = 65535;

Error invalid(std::string message) { return {Errc::InvalidArgument, std::move(message)}; }

bool hides_from_leading_wildcard(std::string_view topic) { return topic.starts_with('$'); }

}  // namespace

Result<TopicFilter> TopicFilter::parse(std::string_view text) {
  if (text.empty()) return invalid("a topic filter cannot be empty");
  if (text.size() > kMaxTopic) return invalid("a topic filter has at most 65535 bytes");
  if (text.find('\0') != std::string_view::npos) return invalid("a topic filter cannot hold a NUL");
  if (!webpubsub::is_valid_utf8(text)) return invalid("a topic filter must be UTF-8");
  TopicLevels levels(text);
  while (!levels.done()) {
    const auto level = levels.next();
    if (level == "#" && !levels.done()) return invalid("'#' must be the last level");
    if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos) {
      return invalid("a wildcard must fill its level by itself, not as in \"" + std::string(level) +
                     "\"");
    }
  }
  return TopicFilter(std::string(text));
}

bool TopicFilter::matches(std::string_view topic) const noexcept {
  if (hides_from_leading_wildcard(topic) && (text_[0] == '+' || text_[0] == '#')) return false;
  TopicLevels filter(text_);
  TopicLevels levels(topic);
  while (!filter.done()) {
    const auto wanted = filter.next();
    if (wanted == "#") return true;  // also the parent level itself: "a/#" matches "a"
    if (levels.done()) return false;
    const auto level = levels.next();
    if (wanted != "+" && wanted != level) return false;
    if (levels.done() && filter.rest() == "#") return true;
  }
  return levels.done();
}

bool TopicFilter::overlaps(const TopicFilter& other) const noexcept {
  const auto wild = [](const std::string& text) { return text[0] == '+' || text[0] == '#'; };
  if (wild(text_) && hides_from_leading_wildcard(other.text_)) return false;
  if (wild(other.text_) && hides_from_leading_wildcard(text_)) return false;
  TopicLevels mine(text_);
  TopicLevels theirs(other.text_);
  while (!mine.done() && !theirs.done()) {
    const auto a = mine.next();
    const auto b = theirs.next();
    if (a == "#" || b == "#") return true;
    if (a != b && a != "+" && b != "+") return false;
  }
  // What is left over may only be a '#', which also matches its parent.
  return (mine.done() || mine.rest() == "#") && (theirs.done() || theirs.rest() == "#");
}

TopicFilter TopicFilter::joined_with(const TopicFilter& other) const {
  std::string joined;
  TopicLevels mine(text_);
  TopicLevels theirs(other.text_);
  bool first = true;
  const auto add = [&](std::string_view level) {
    if (!first) joined += '/';
    first = false;
    joined += level;
  };
  while (!mine.done() && !theirs.done()) {
    const auto a = mine.next();
    const auto b = theirs.next();
    if (a == "#" || b == "#") {
      add("#");
      return TopicFilter(std::move(joined));
    }
    add(a == b ? a : std::string_view("+"));
  }
  if (!mine.done() || !theirs.done()) add("#");
  return TopicFilter(std::move(joined));
}

bool is_valid_topic(std::string_view topic) {
  return !topic.empty() && topic.size() <= kMaxTopic &&
         topic.find_first_of(std::string_view("+#\0", 3)) == std::string_view::npos &&
         webpubsub::is_valid_utf8(topic);
}

}  // namespace gateway
