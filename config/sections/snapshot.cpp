#include "config/sections/sections.h"
#include "webpubsub/protocol/names.h"

namespace gateway::config {

namespace {

constexpr std::size_t kMostTopics = 1'000'000;
constexpr std::size_t kLeastBytes = 64 * 1024;
constexpr std::size_t kMostBytes = 1024 * 1024 * 1024;

}  // namespace

void read_snapshot(Section snapshot, Settings& settings) {
  auto& options = settings.snapshot;
  assign(options.enabled, snapshot.at("enabled").boolean());
  const auto event = snapshot.at("event");
  if (auto name = event.text()) {
    if (webpubsub::is_valid_event_name(*name)) {
      options.event = std::move(*name);
    } else {
      event.report_unexpected("the name of an event: a letter, then letters, digits, '_', '.', '-'",
                              *name);
    }
  }
  const auto group = snapshot.at("group");
  if (auto name = group.text()) {
    if (name->empty() || is_valid_group(*name)) {
      options.group = std::move(*name);
    } else {
      group.report("a group of 1 to 1024 characters expected, or \"\" for none");
    }
  }
  const auto replies = snapshot.at("reply_groups");
  if (auto prefix = replies.text()) {
    if (is_valid_group(*prefix) && prefix->size() <= 100) {
      options.reply_groups = std::move(*prefix);
    } else {
      replies.report("what the names of groups begin with expected, 1 to 100 characters");
    }
  }
  assign(options.max_topics, snapshot.at("max_topics").integer(1, kMostTopics));
  assign(options.max_size, snapshot.at("max_size").size(kLeastBytes, kMostBytes));
  snapshot.finish();
}

}  // namespace gateway::config
