// Log events: a level, a stable event name, words for people, fields for machines.
//
// Where they go (journal, terminal) is the sink's business. What a peer can cause at will goes
// through burst(), so that no storm of bad input becomes a storm of lines: the first is written,
// then now and then how many there were, and in the end that it is over.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  std::string_view key;  // a literal, lower case, such as "rule"; the journal prefixes it
  std::string value;     // no payloads, no secrets
};

/// Where in the source a record is from.
struct LogPlace {
  std::string_view file{};  // below the source's root; empty when nobody said
  int line = 0;
  std::string_view function{};

  /// As a default argument: where the call is.
  static constexpr LogPlace here(const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                                 const char* function = __builtin_FUNCTION()) noexcept {
    return {file, line, function};
  }
};

struct LogRecord {
  LogLevel level;
  std::string_view event;  // stable name "component.what", such as "mqtt.connected"
  std::string_view message;
  std::span<const LogField> fields;
  LogPlace place{};
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
             std::initializer_list<LogField> fields = {}, LogPlace place = LogPlace::here());

  /// Writes the first of a storm at once and counts the rest. How many there were is told by one
  /// line after ten seconds, then after a minute, then every ten minutes; two minutes without
  /// another one end the storm, with a line that says how long and how often.
  ///
  /// A storm is of one event and level, and of one rule, link and outcome where fields of these
  /// names are given. A field "count" says for how many a record stands.
  void burst(TimePoint now, LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {}, LogPlace place = LogPlace::here());

  /// The cause of these storms is gone, as a link's failures are when it is up: ends them now.
  void over(std::string_view event, std::initializer_list<LogField> fields = {});

  /// Tells what burst() held back and is due. To be called now and then, and once with
  /// TimePoint::max() at the end, to tell all of it.
  void flush(TimePoint now);

  void set_level(LogLevel level) noexcept { level_ = level; }
  LogLevel level() const noexcept { return level_; }

 private:
  struct Storm {
    TimePoint started{};
    TimePoint last{};         // when it was seen
    TimePoint told{};         // when a line said so
    std::uint64_t total = 0;  // since it started
    std::uint64_t held = 0;   // of them no line has told yet
    unsigned summaries = 0;   // lines about it since the first
    LogLevel level = LogLevel::Info;
    std::string event{};
    std::string message{};           // of the latest one held back, as are these:
    std::vector<LogField> fields{};  // without a count
    LogPlace place{};
  };
  using Storms = std::unordered_map<std::string, Storm>;

  Storm& storm_of(const LogRecord& record, TimePoint now);
  void summarise(Storm& storm, TimePoint now);
  void end(const Storm& storm);
  void tell(const Storm& storm, LogLevel level, const std::string& message,
            std::initializer_list<LogField> fields);

  LogSink& sink_;
  LogLevel level_;
  Storms storms_;
};

}  // namespace webpubsub
