// Rules whose messages the broker keeps while there is no room for them.

#include <algorithm>

#include "bridge/uplink/uplink.h"

namespace gateway {

namespace {

MqttLinkKind own_link(const RuleOptions& rule) {
  return is_blocking(rule) ? MqttLinkKind::Blocking : MqttLinkKind::Common;
}

std::vector<TopicFilter> parse(const std::vector<std::string>& texts) {
  std::vector<TopicFilter> filters;
  filters.reserve(texts.size());
  for (const auto& text : texts) {
    if (auto filter = TopicFilter::parse(text)) filters.push_back(std::move(*filter));
  }
  return filters;
}

bool overlap(const RuleOptions& rule, const std::vector<TopicFilter>& filters) {
  const auto& patterns = rule.topics.patterns();
  return std::any_of(filters.begin(), filters.end(), [&](const TopicFilter& filter) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const TopicPattern& pattern) {
      return pattern.filter().overlaps(filter);
    });
  });
}

}  // namespace

std::vector<PlannedSubscription> Uplink::wanted(MqttLinkKind link, bool lingering) const {
  std::vector<PlannedSubscription> wanted;
  for (std::uint32_t number = 0; number < lines_.size(); ++number) {
    const auto* line = lines_.line(number);
    if (line == nullptr) continue;
    const auto& rule = line->options();
    const bool stays = lingering && lingering_.contains(rule.name);
    if (!stays && link != own_link(rule)) continue;
    for (const auto& pattern : rule.topics.patterns()) {
      wanted.push_back({pattern.filter(), rule.qos, rule.retained != Retained::Ignore});
    }
  }
  return wanted;
}

std::optional<Uplink::BlockedRule> Uplink::blocked(Mark mark) const {
  using Limit = SpoolQueue::Limit;
  const auto queues = feed_.queues();
  for (std::uint32_t number = 0; number < lines_.size(); ++number) {
    const auto* line = lines_.line(number);
    if (line == nullptr || !is_blocking(line->options())) continue;
    const auto* queue = number < queues.size() ? queues[number] : nullptr;
    auto limit = Limit::Disk;
    if (queue != nullptr) limit = mark == Mark::Limit ? queue->reached() : queue->near();
    if (limit == Limit::None && mark == Mark::NearLimit && is_short_of_disk(number)) {
      limit = Limit::Disk;
    }
    if (limit != Limit::None) return BlockedRule{line->options().name, limit};
  }
  return std::nullopt;
}

// What waits in memory had no room on disk. A full one takes a little every now and then, and each
// time some more would go to memory, until that is full, too.
bool Uplink::is_short_of_disk(std::uint32_t rule) const {
  const auto* waiting = waiting_.find(rule);
  const bool any = waiting != nullptr && !waiting->empty();
  return any && store_ != nullptr && !store_->disk_has_room();
}

MqttLinkKind Uplink::link_of(const RuleOptions& rule) const {
  return lingering_.contains(rule.name) ? MqttLinkKind::Both : own_link(rule);
}

std::vector<MqttLinkKind> Uplink::links_for(const std::vector<RuleOptions>& rules,
                                            const std::vector<std::uint32_t>& numbers) const {
  std::vector<MqttLinkKind> links(lines_.size(), MqttLinkKind::Common);
  for (std::size_t i = 0; i < rules.size(); ++i) links[numbers[i]] = link_of(rules[i]);
  return links;
}

/// Before `rules` take the place of those at work.
void Uplink::note_lingering(const std::vector<RuleOptions>& rules) {
  std::set<std::string, std::less<>> lingering;
  for (const auto& rule : rules) {
    const auto number = lines_.find(rule.name);
    const auto* line = number ? lines_.line(*number) : nullptr;
    const bool changes = line != nullptr && own_link(line->options()) != own_link(rule);
    if (changes || lingering_.contains(rule.name)) lingering.insert(rule.name);
  }
  lingering_ = std::move(lingering);
}

void Uplink::linger(const std::vector<std::string>& common,
                    const std::vector<std::string>& blocking) {
  const auto common_filters = parse(common);
  const auto blocking_filters = parse(blocking);
  for (std::uint32_t number = 0; number < lines_.size(); ++number) {
    const auto* line = lines_.line(number);
    if (line == nullptr || line->options().store != StoreMode::Disk) continue;
    const auto& rule = line->options();
    const bool had_common = overlap(rule, common_filters);
    const bool had_blocking = overlap(rule, blocking_filters);
    if (is_blocking(rule) ? had_common && !had_blocking : had_blocking && !had_common) {
      lingering_.insert(rule.name);
    }
  }
  set_links();
}

void Uplink::end_linger() {
  lingering_.clear();
  set_links();
}

void Uplink::set_links() {
  std::vector<MqttLinkKind> links(lines_.size(), MqttLinkKind::Common);
  for (std::uint32_t number = 0; number < lines_.size(); ++number) {
    const auto* line = lines_.line(number);
    if (line != nullptr) links[number] = link_of(line->options());
  }
  intake_.set_links(std::move(links));
}

}  // namespace gateway
