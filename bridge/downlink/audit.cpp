#include "bridge/downlink/audit.h"

#include <string>
#include <string_view>

namespace gateway {

using webpubsub::LogLevel;
using webpubsub::steady_now;

namespace {

constexpr double kRefusedLines = 20;  // a second

struct Words {
  LogLevel level;
  std::string_view event;
  std::string_view message;
};

Words words_for(Outcome outcome) {
  switch (outcome) {
    case Outcome::Delivered:
      return {LogLevel::Info, "command.delivered", "command delivered"};
    case Outcome::Replied:
      return {LogLevel::Info, "command.replied", "command delivered, and the device replied"};
    case Outcome::Rejected:
      return {LogLevel::Warning, "command.rejected",
              "a message of the service is no command we carry out"};
    case Outcome::Expired:
      return {LogLevel::Warning, "command.expired", "command not delivered: its time had passed"};
    case Outcome::TimedOut:
      return {LogLevel::Warning, "command.timed_out", "command delivered, and no reply came"};
    case Outcome::Duplicate:
      return {LogLevel::Warning, "command.duplicate",
              "command not delivered again: its id was carried out before"};
    case Outcome::Failed:
      break;
  }
  return {LogLevel::Warning, "command.failed", "command not delivered"};
}

std::string milliseconds_of(webpubsub::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace

CommandAudit::CommandAudit(webpubsub::Log& log) : log_(log), lines_(kRefusedLines, steady_now()) {}

void CommandAudit::ended(const Flight& flight, const CommandEnd& end,
                         webpubsub::Duration duration) {
  const auto words = words_for(end.outcome);
  log_.write(words.level, words.event, words.message,
             {{"rule", flight.rule},
              {"command_id", flight.id},
              {"user_id", flight.origin.sender},
              {"group", flight.origin.group.value_or("")},
              {"topic", flight.topic},
              {"outcome", std::string(to_string(end.outcome))},
              {"reason", std::string(to_string(end.reason))},
              {"duration_ms", milliseconds_of(duration)}});
}

void CommandAudit::refused(const Flight& flight, const CommandEnd& end) {
  const auto words = words_for(end.outcome);
  const auto now = steady_now();
  const std::initializer_list<webpubsub::LogField> fields{
      {"rule", flight.rule},
      {"command_id", flight.id},
      {"user_id", flight.origin.sender},
      {"group", flight.origin.group.value_or("")},
      {"outcome", std::string(to_string(end.outcome))},
      {"reason", std::string(to_string(end.reason))}};
  if (lines_.take(now)) {
    log_.write(words.level, words.event, words.message, fields);
  } else {
    log_.burst(now, words.level, words.event, words.message, fields);
  }
}

}  // namespace gateway
