#include "daemon/status_text.h"

#include <numeric>

#include "base/units.h"

namespace gateway {
namespace {

using webpubsub::LogLevel;

std::string link_words(const LinkSnapshot& link) {
  std::string words = link.name + " " + std::string(state_name(link));
  if (!link.up && link.retry_in) {
    // Whole seconds, or the line would differ each time it is made.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*link.retry_in);
    words += " (next try in " + std::to_string(seconds.count()) + "s)";
  }
  return words;
}

std::uint64_t sum(const Tally& tally) {
  return std::accumulate(tally.begin(), tally.end(), std::uint64_t{0},
                         [](std::uint64_t total, const auto& one) { return total + one.second; });
}

}  // namespace

std::string_view state_name(RunState state) {
  switch (state) {
    case RunState::Starting:
      return "starting";
    case RunState::Running:
      return "running";
    case RunState::Stopped:
      return "stopped";
    case RunState::Stopping:
      return "stopping";
  }
  return "unknown";
}

std::string_view state_name(const LinkSnapshot& link) {
  if (link.paused) return "paused";
  return link.up ? "up" : "down";
}

std::uint64_t RuleSnapshot::dropped_total() const { return sum(dropped); }

std::string status_line(const GatewaySnapshot& snapshot) {
  std::string line;
  if (snapshot.state != RunState::Running) line += std::string(state_name(snapshot.state)) + ": ";
  std::uint64_t forwarded = 0;
  std::uint64_t waiting = 0;
  std::uint64_t dropped = sum(snapshot.mqtt_dropped);
  for (const LinkSnapshot& link : snapshot.links) line += link_words(link) + ", ";
  for (const RuleSnapshot& rule : snapshot.rules) {
    forwarded += rule.forwarded;
    waiting += rule.pending;
    dropped += rule.dropped_total();
  }
  line += std::to_string(forwarded) + " forwarded, " + std::to_string(waiting) + " waiting, " +
          std::to_string(dropped) + " dropped";
  const auto& store = snapshot.store;
  return store.open && !store.usable ? line + ", the store takes nothing" : line;
}

std::string conservation_line(const RuleSnapshot& rule) {
  std::string line = rule.name + ": received " + std::to_string(rule.received) +
                     (rule.adds_up() ? " = " : " != ") + "forwarded " +
                     std::to_string(rule.forwarded) + " + filtered " +
                     std::to_string(rule.filtered) + " + dropped " +
                     std::to_string(rule.dropped_total());
  std::string reasons;
  for (const auto& [reason, count] : rule.dropped) {
    if (count == 0) continue;
    reasons += (reasons.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  }
  if (!reasons.empty()) line += " (" + reasons + ")";
  line += " + pending " + std::to_string(rule.pending);
  return rule.refused ? line + " (the service refuses it: no role)" : line;
}

void write_report(webpubsub::Log& log, const GatewaySnapshot& snapshot) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  log.write(LogLevel::Notice, "report.gateway", status_line(snapshot),
            {{"state", std::string(state_name(snapshot.state))},
             {"uptime", webpubsub::rough_duration(snapshot.uptime)},
             {"config_hash", snapshot.config.hash}});
  for (const LinkSnapshot& link : snapshot.links) {
    log.write(LogLevel::Notice, "report.link", link_words(link),
              {{"link", link.name},
               {"connects", number(link.connects)},
               {"disconnects", number(link.disconnects)},
               {"failed_connects", number(link.failed_connects)},
               {"reason", link.last_error}});
  }
  for (const RuleSnapshot& rule : snapshot.rules) {
    log.write(rule.adds_up() ? LogLevel::Notice : LogLevel::Error, "report.rule",
              conservation_line(rule), {{"rule", rule.name}});
  }
  for (const QueueSnapshot& queue : snapshot.queues) {
    log.write(LogLevel::Notice, "report.queue",
              queue.name + ": " + number(queue.messages) + " waiting, " +
                  webpubsub::format_size(queue.bytes) + ", the oldest for " +
                  webpubsub::rough_duration(queue.oldest_age),
              {{"queue", queue.name},
               {"queue_depth", number(queue.messages)},
               {"bytes", number(queue.bytes)},
               {"oldest_age", webpubsub::rough_duration(queue.oldest_age)}});
  }
  std::string outcomes;
  for (const auto& [outcome, count] : snapshot.commands) {
    if (count > 0) outcomes += (outcomes.empty() ? "" : ", ") + outcome + " " + number(count);
  }
  log.write(LogLevel::Notice, "report.commands",
            "commands: " + (outcomes.empty() ? "none" : outcomes));
}

}  // namespace gateway
