#include "bridge/downlink/downlink.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "bridge/billing.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::Errc;
using webpubsub::LogLevel;
using webpubsub::Offer;
using webpubsub::Result;

namespace {

constexpr std::size_t kMaxRemoved = 100;  // rules whose counters are kept

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

Downlink::Downlink(const std::vector<CommandOptions>& commands, std::string gateway_id,
                   MqttEngine& mqtt, webpubsub::Log& log, DownlinkOptions options)
    : rules_({}, ""), mqtt_(mqtt), log_(log), options_(options) {
  reload(commands, std::move(gateway_id));
}

void Downlink::reload(const std::vector<CommandOptions>& commands, std::string gateway_id) {
  rules_ = CommandRules(commands, std::move(gateway_id));
  groups_ = groups_of(commands);
  std::vector<std::size_t> places;
  places.reserve(commands.size());
  for (const auto& command : commands) places.push_back(counter_for(command.name, commands));
  counter_of_ = std::move(places);
}

/// Its own, or a new one, or when many rules were removed the one of such a rule.
std::size_t Downlink::counter_for(const std::string& name,
                                  const std::vector<CommandOptions>& commands) {
  auto& all = counters_.rules;
  const auto own = std::find_if(all.begin(), all.end(),
                                [&](const auto& counter) { return counter.name == name; });
  if (own != all.end()) return static_cast<std::size_t>(own - all.begin());
  if (all.size() >= commands.size() + kMaxRemoved) {
    const auto spare = std::find_if(all.begin(), all.end(), [&](const auto& counter) {
      return counter.counts.pending == 0 &&
             std::none_of(commands.begin(), commands.end(),
                          [&](const auto& command) { return command.name == counter.name; });
    });
    if (spare != all.end()) {
      *spare = {.name = name};
      return static_cast<std::size_t>(spare - all.begin());
    }
  }
  all.push_back({.name = name});
  return all.size() - 1;
}

std::vector<std::string> Downlink::groups() const { return groups_; }

void Downlink::on_server_message(const Data& data) { on_message(std::nullopt, data); }

void Downlink::on_group_message(std::string_view group, const Data& data) {
  on_message(group, data);
}

void Downlink::on_message(const std::optional<std::string_view>& group, const Data& data) {
  ++counters_.received;
  counters_.billable += billable_units(data.bytes.size());
  if (data.bytes.size() > options_.max_message) {
    reject(std::nullopt, Outcome::TooLarge);
    return;
  }
  auto decision = rules_.decide(group, data);
  if (const auto* outcome = std::get_if<Outcome>(&decision.action)) {
    reject(decision.rule, *outcome);
  } else {
    publish(counter_of_[*decision.rule], std::get<MqttPublication>(std::move(decision.action)));
  }
}

void Downlink::publish(std::size_t counter, MqttPublication publication) {
  // Counted before it is offered: its end may come at once.
  ++counters_.total.pending;
  ++counters_.rules[counter].counts.pending;
  const std::string topic = publication.topic;
  const auto began = webpubsub::steady_now();
  const auto offer = mqtt_.publish(
      std::move(publication),
      [self = std::weak_ptr<Downlink*>(self_), counter, topic, began](const Result<void>& result) {
        if (const auto downlink = self.lock()) {
          (*downlink)->finish(counter, topic, began, outcome_of(result));
        }
      });
  if (offer == Offer::Offline) finish(counter, topic, began, Outcome::Offline);
  if (offer == Offer::Full) finish(counter, topic, began, Outcome::Full);
}

void Downlink::finish(std::size_t counter, const std::string& topic, webpubsub::TimePoint began,
                      Outcome outcome) {
  durations_.observe(webpubsub::steady_now() - began);
  --counters_.total.pending;
  --counters_.rules[counter].counts.pending;
  counters_.total.add(outcome);
  counters_.rules[counter].counts.add(outcome);
  const auto& rule = counters_.rules[counter].name;
  if (outcome == Outcome::Delivered) {
    // The audit trail of what was done to devices: one line each, with a topic we have checked.
    log_.write(LogLevel::Info, "command.delivered", "command delivered",
               {{"rule", rule}, {"topic", topic}});
    return;
  }
  log_.burst(webpubsub::steady_now(), LogLevel::Warning, "command.failed",
             "command not delivered: " + std::string(to_string(outcome)),
             {{"rule", rule}, {"topic", topic}, {"outcome", std::string(to_string(outcome))}});
}

void Downlink::reject(const std::optional<std::size_t>& rule, Outcome outcome) {
  counters_.total.add(outcome);
  if (rule) counters_.rules[counter_of_[*rule]].counts.add(outcome);
  log_.burst(
      webpubsub::steady_now(), LogLevel::Warning, "command.rejected",
      "a message of the service is no command we carry out",
      {{"rule", rule ? rules_.name(*rule) : ""}, {"outcome", std::string(to_string(outcome))}});
}

}  // namespace gateway
