#include "daemon/logging/words.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace gateway {

using webpubsub::LogField;
using webpubsub::LogLevel;
using webpubsub::LogRecord;

namespace {

bool is_for_machines(std::string_view key) {
  return key == "link" || key == "repeat" || key == "config_hash" || key.ends_with("_ms");
}

/// What happens to a link says why in its words; the field is the short form of it.
bool is_of_a_link(const LogRecord& record) {
  return std::any_of(record.fields.begin(), record.fields.end(),
                     [](const LogField& field) { return field.key == "link"; });
}

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Error:
      return "error";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Notice:
      return "notice";
    case LogLevel::Info:
      return "info";
    case LogLevel::Debug:
      return "debug";
  }
  return "unknown";
}

std::optional<LogLevel> parse_level(std::string_view name) {
  for (const LogLevel level :
       {LogLevel::Error, LogLevel::Warning, LogLevel::Notice, LogLevel::Info, LogLevel::Debug}) {
    if (level_name(level) == name) return level;
  }
  return std::nullopt;
}

std::string words_with_fields(const LogRecord& record) {
  std::string words(record.message);
  std::string_view separator = " (";
  const bool of_a_link = is_of_a_link(record);
  for (const LogField& field : record.fields) {
    const bool said = record.message.find(field.value) != std::string_view::npos;
    if (said || is_for_machines(field.key)) continue;
    if (field.key == "reason" && of_a_link) continue;
    words += separator;
    for (const char c : field.key) words += c == '_' ? ' ' : c;
    words += ' ';
    words += field.value;
    separator = ", ";
  }
  if (separator == ", ") words += ')';
  return words;
}

std::string utc_timestamp(webpubsub::WallTime time) {
  const std::int64_t milliseconds = webpubsub::unix_milliseconds(time);
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const int rest = std::snprintf(text + length, sizeof text - length, ".%03dZ",
                                 static_cast<int>(milliseconds % 1000));
  return {text, length + static_cast<std::size_t>(rest)};
}

}  // namespace gateway
