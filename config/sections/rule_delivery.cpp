// What becomes of a rule's readings when they cannot leave at once.

#include "config/sections/rule_parts.h"
#include "config/words.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMostMessages = 1'000'000'000;
constexpr std::size_t kLeastBytes = 1024;
constexpr std::size_t kMostBytes =
    sizeof(std::size_t) < 8 ? std::size_t{2} << 30U : std::size_t{1} << 40U;
constexpr milliseconds kLongestAge{std::chrono::hours(24 * 365)};

void read_offline(Section offline, OfflineOptions& options) {
  assign(options.max_messages, offline.at("max").integer(0, kMostMessages));
  assign(options.max_bytes, offline.at("max_bytes").size(kLeastBytes, kMostBytes));
  assign(options.max_age, offline.at("max_age").duration(milliseconds(0), kLongestAge));
  assign(options.overflow, read_word(offline.at("overflow"), kOverflows));
  offline.finish();
}

void read_replay(Section replay, ReplayOptions& options) {
  const auto order = read_word(replay.at("order"), kReplayOrders);
  if (order) options.live_first = *order;
  assign(options.rate, replay.at("rate").rate(0.1, 100'000));
  replay.finish();
}

}  // namespace

void read_delivery(Section& rule, RuleOptions& options) {
  const auto send = rule.at("send");
  const auto mode = read_word(send, kSendModes);
  const auto store = rule.at("store");
  assign(options.store, read_word(store, kStoreModes));
  const bool durable = options.store == StoreMode::Disk;
  if (mode) {
    options.send = *mode;
  } else if (durable) {
    options.send = SendMode::Acknowledged;
  }
  if (durable && options.send == SendMode::FireAndForget) {
    send.report("store: disk needs send: acknowledged or stream");
  }
  if (durable && options.window.is_set()) {
    store.report("disk and window do not go together: an open window is gone with the process");
  }
  const auto offline = rule.at("offline");
  read_offline(offline.section(), options.offline);
  if (!durable && offline.given()) offline.report("needs store: disk");
  read_replay(rule.at("replay").section(), options.replay);
  assign(options.priority, read_word(rule.at("priority"), kPriorityWords));
}

}  // namespace gateway::config
