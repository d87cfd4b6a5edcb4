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

/// Of a rule in memory: which readings wait, and in which order they leave.
void read_keep(Section& offline, const RuleOptions& rule, OfflineOptions& options) {
  using Keep = OfflineOptions::Keep;
  const auto keep = offline.at("keep");
  const auto per = offline.at("per");
  if (rule.store == StoreMode::Disk) {
    for (const auto& place : {keep, per}) {
      if (place.given()) place.report("needs store: memory");
    }
    return;
  }
  if (offline.given()) options.keep = Keep::OldestFirst;
  assign(options.keep, read_word(keep, kKeeps));
  if (options.keep == Keep::NewestFirst && rule.thin.is_set()) {
    keep.report(
        "newest_first and thin do not go together: it compares a reading with the one before");
  }
  if (options.keep == Keep::NewestFirst && rule.payload == PayloadType::Sparkplug) {
    keep.report(
        "newest_first and payload: sparkplug do not go together: a birth tells what the messages "
        "after it mean");
  }
  const auto text = per.text();
  if (!text || *text == "topic" || rule.topics.patterns().empty()) return;
  if (rule.topics.has_variable(*text)) {
    options.per = *text;
  } else {
    per.report_unexpected("topic or a capture of every topic", *text);
  }
}

/// What has to be so that the broker keeps what comes.
void check_block(const Value& overflow, const RuleOptions& rule, const MqttOptions& mqtt) {
  if (rule.store == StoreMode::Memory) {
    overflow.report(
        "block needs store: disk: memory that is full keeps nothing that the broker was told we "
        "have");
  }
  if (rule.qos == 0) overflow.report("block needs qos: 1: the broker keeps no message of QoS 0");
  if (mqtt.session_expiry.count() == 0) {
    overflow.report("block needs mqtt.session_expiry: with 0 the broker keeps nothing for us");
  }
}

void read_offline(Section offline, const MqttOptions& mqtt, RuleOptions& rule) {
  auto& options = rule.offline;
  read_keep(offline, rule, options);
  assign(options.max_messages, offline.at("max").integer(0, kMostMessages));
  assign(options.max_bytes, offline.at("max_bytes").size(kLeastBytes, kMostBytes));
  assign(options.max_age, offline.at("max_age").duration(milliseconds(0), kLongestAge));
  const auto overflow = offline.at("overflow");
  assign(options.overflow, read_word(overflow, kOverflows));
  if (rule.store == StoreMode::Disk && options.overflow == OfflineOptions::Overflow::Latest) {
    overflow.report("latest needs store: memory");
  }
  if (is_blocking(rule)) check_block(overflow, rule, mqtt);
  offline.finish();
}

void read_replay(Section replay, ReplayOptions& options) {
  const auto order = read_word(replay.at("order"), kReplayOrders);
  if (order) options.live_first = *order;
  assign(options.rate, replay.at("rate").rate(0.1, 100'000));
  replay.finish();
}

}  // namespace

void read_delivery(Section& rule, const MqttOptions& mqtt, RuleOptions& options) {
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
  read_offline(offline.section(), mqtt, options);
  if (!durable && offline.given() && options.window.is_set()) {
    offline.report(
        "offline and window do not go together: windows go on while the service is away, and what "
        "they tell waits in memory");
  }
  read_replay(rule.at("replay").section(), options.replay);
  assign(options.priority, read_word(rule.at("priority"), kPriorityWords));
}

}  // namespace gateway::config
