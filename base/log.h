// Log events: a level, a stable event name, words for people, fields for machines.
//
// Where they go (journal, terminal) is the sink's business. What a peer can cause at will goes
// through burst(), so that no storm of bad input becomes a storm of lines.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace webpubsub {

/// The numbers are syslog's priorities.
enum class LogLevel : std::uint8_t {
  Error = 3,    // data was lost or cannot be stored: someone must act
  Warning = 4,  // degraded or refused, will recover
  Notice = 5,   // a state changed that an operator should see
  Info = 6,     // the rest of the story
  Debug = 7,    // off by default
};

struct LogField {
  std::string_view key;  // lower case with underscores, such as "rule"; the journal prefixes it
  std::string value;     // no payloads, no secrets
};

struct LogRecord {
  LogLevel level;
  std::string_view event;  // stable name "component.what", such as "mqtt.connected"
  std::string_view message;
  std::span<const LogField> fields;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogRecord& record) = 0;
};

/// Used on the loop's thread only.
class Log {
 public:
  Log(LogSink& sink, LogLevel level) : sink_(sink), level_(level) {}

  void write(LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});

  /// Writes the first of a burst at once and counts the rest: an event that was seen less than
  /// ten seconds before is only counted, and the count is told by flush().
  void burst(TimePoint now, LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});

  /// Tells what burst() held back and whose ten seconds are over. To be called now and then.
  void flush(TimePoint now);

  void set_level(LogLevel level) noexcept { level_ = level; }
  LogLevel level() const noexcept { return level_; }

 private:
  struct Burst {
    TimePoint started{};
    std::uint64_t held = 0;
    LogLevel level = LogLevel::Info;
    std::string message{};  // of the latest one held back
  };

  LogSink& sink_;
  LogLevel level_;
  std::unordered_map<std::string, Burst> bursts_;  // by event name: as many as the source has
};

}  // namespace webpubsub
