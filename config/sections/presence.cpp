#include <algorithm>

#include "config/sections/rule_parts.h"
#include "config/sections/sections.h"

namespace gateway::config {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLongestSilence{7LL * 24 * 3600 * 1000};
constexpr std::size_t kMostGone = 100;

void read_status_topic(const Value& value, PresenceOptions& presence) {
  const auto text = value.text();
  if (!text) return;
  if (text->empty()) {
    presence.topic_status = {};
    return;
  }
  const auto check = [](std::string_view name) -> std::optional<std::string> {
    if (name == "gateway.id") return std::nullopt;
    return "{" + std::string(name) + "} is no variable here: use {gateway.id}";
  };
  auto parsed = TextTemplate::parse(*text, check);
  if (!parsed) {
    value.report(parsed.error().message);
    return;
  }
  std::string literals;
  for (const auto& part : parsed->parts()) literals += part.literal ? part.text : "x";
  if (!is_valid_topic(literals) || literals.starts_with('$')) {
    value.report("a topic to publish to expected, without '+' and '#', or \"\" for none");
    return;
  }
  presence.topic_status = std::move(*parsed);
}

void read_gone(const Value& list, PresenceOptions& presence) {
  for (const auto& item : list.items()) {
    auto section = item.section();
    const auto topic = section.required("topic", "devices/{device}/status");
    auto pattern =
        parse_text(topic, [](std::string_view text) { return TopicPattern::parse(text); });
    const auto payload = section.at("payload").text();
    section.finish();
    if (!pattern) continue;
    const auto& names = pattern->names();
    if (std::find(names.begin(), names.end(), "device") == names.end()) {
      topic.report("which level is the device? Call it {device}");
      continue;
    }
    presence.device_gone.push_back({.topic = std::move(*pattern), .payload = payload.value_or("")});
  }
  if (presence.device_gone.size() > kMostGone) {
    list.report("at most " + std::to_string(kMostGone) + " expected");
  }
}

}  // namespace

void read_presence(Section presence, Settings& settings) {
  auto& options = settings.presence;
  const auto any = [](std::string_view) { return std::optional<std::string>(); };
  options.topic_status = TextTemplate::parse("gateway/{gateway.id}/status", any).value();
  read_status_topic(presence.at("topic_status"), options);
  const auto group = presence.at("group");
  if (auto name = group.text()) {
    if (name->empty() || is_valid_group(*name)) {
      options.group = std::move(*name);
    } else {
      group.report("a group of 1 to 1024 characters expected, or \"\" for none");
    }
  }
  assign(options.interval,
         presence.at("interval").duration(milliseconds(1'000), milliseconds(3'600'000)));
  assign(options.device_timeout,
         presence.at("device_timeout").duration(milliseconds(0), kLongestSilence));
  assign(options.device_list,
         presence.at("device_list").duration(milliseconds(0), kLongestSilence));
  read_gone(presence.at("device_gone"), options);
  presence.finish();
}

}  // namespace gateway::config
