#include "bridge/downlink/downlink.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::Errc;
using webpubsub::LogLevel;
using webpubsub::Offer;
using webpubsub::Result;

namespace {

Outcome outcome_of(const Result<void>& result) {
  if (result) return Outcome::Delivered;
  switch (result.error().code) {
    case Errc::Unavailable:
    case Errc::Timeout:
    case Errc::Cancelled:
      return Outcome::Offline;
    case Errc::ResourceExhausted:
      return Outcome::Full;
    default:
      return Outcome::Refused;
  }
}

std::vector<std::string> groups_of(const std::vector<CommandOptions>& commands) {
  std::vector<std::string> groups;
  for (const auto& command : commands) {
    if (command.from_group) groups.push_back(*command.from_group);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

}  // namespace

Downlink::Downlink(std::vector<CommandOptions> commands, std::string gateway_id, MqttEngine& mqtt,
                   webpubsub::Log& log, DownlinkOptions options)
    : rules_(commands, std::move(gateway_id)),
      groups_(groups_of(commands)),
      mqtt_(mqtt),
      log_(log),
      options_(options) {
  for (auto& command : commands) counters_.rules.push_back({.name = std::move(command.name)});
}

std::vector<std::string> Downlink::groups() const { return groups_; }

void Downlink::on_server_message(const Data& data) { on_message(std::nullopt, data); }

void Downlink::on_group_message(std::string_view group, const Data& data) {
  on_message(group, data);
}

void Downlink::on_message(const std::optional<std::string_view>& group, const Data& data) {
  ++counters_.received;
  if (data.bytes.size() > options_.max_message) {
    reject(std::nullopt, Outcome::TooLarge);
    return;
  }
  auto decision = rules_.decide(group, data);
  if (const auto* outcome = std::get_if<Outcome>(&decision.action)) {
    reject(decision.rule, *outcome);
  } else {
    publish(*decision.rule, std::get<MqttPublication>(std::move(decision.action)));
  }
}

void Downlink::publish(std::size_t rule, MqttPublication publication) {
  // Counted before it is offered: its end may come at once.
  ++counters_.total.pending;
  ++counters_.rules[rule].counts.pending;
  const std::string topic = publication.topic;
  const auto offer = mqtt_.publish(
      std::move(publication),
      [self = std::weak_ptr<Downlink*>(self_), rule, topic](const Result<void>& result) {
        if (const auto downlink = self.lock()) (*downlink)->finish(rule, topic, outcome_of(result));
      });
  if (offer == Offer::Offline) finish(rule, topic, Outcome::Offline);
  if (offer == Offer::Full) finish(rule, topic, Outcome::Full);
}

void Downlink::finish(std::size_t rule, const std::string& topic, Outcome outcome) {
  --counters_.total.pending;
  --counters_.rules[rule].counts.pending;
  counters_.total.add(outcome);
  counters_.rules[rule].counts.add(outcome);
  if (outcome == Outcome::Delivered) {
    // The audit trail of what was done to devices: one line each, with a topic we have checked.
    log_.write(LogLevel::Info, "command.delivered", "command delivered",
               {{"rule", rules_.name(rule)}, {"topic", topic}});
    return;
  }
  log_.burst(webpubsub::steady_now(), LogLevel::Warning, "command.failed",
             "command not delivered: " + std::string(to_string(outcome)),
             {{"rule", rules_.name(rule)},
              {"topic", topic},
              {"outcome", std::string(to_string(outcome))}});
}

void Downlink::reject(const std::optional<std::size_t>& rule, Outcome outcome) {
  counters_.total.add(outcome);
  if (rule) counters_.rules[*rule].counts.add(outcome);
  log_.burst(
      webpubsub::steady_now(), LogLevel::Warning, "command.rejected",
      "a message of the service is no command we carry out",
      {{"rule", rule ? rules_.name(*rule) : ""}, {"outcome", std::string(to_string(outcome))}});
}

}  // namespace gateway
