#include "daemon/logging/log_sinks.h"

#include <cstdlib>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "config/words.h"
#include "daemon/logging/journal_sink.h"
#include "daemon/logging/line_formats.h"
#include "daemon/logging/line_sink.h"
#include "daemon/logging/rate_limit.h"

namespace gateway {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool goes_to_the_journal() { return is_journal_stream(STDERR_FILENO, variable("JOURNAL_STREAM")); }

std::unique_ptr<webpubsub::LogSink> make_text_sink() {
  if (goes_to_the_journal()) {
    return std::make_unique<LineSink>(STDERR_FILENO,
                                      [](const auto& record, auto) { return stream_line(record); });
  }
  const bool colour = isatty(STDERR_FILENO) == 1 && variable("NO_COLOR").empty();
  return std::make_unique<LineSink>(STDERR_FILENO, [colour](const auto& record, auto time) {
    return text_line(record, time, colour);
  });
}

std::unique_ptr<webpubsub::LogSink> make_journal_sink(std::string_view identifier,
                                                      std::chrono::milliseconds patience) {
  auto journal = JournalSink::connect(std::string(identifier), JournalSink::kSocket, patience);
  if (!journal) return make_text_sink();
  return std::make_unique<RateLimit>(std::move(journal).value(), RateLimitOptions{});
}

}  // namespace

LogFormat log_format_in_use(LogFormat format) {
  if (format != LogFormat::Auto) return format;
  if (goes_to_the_journal()) return LogFormat::Journal;
  return isatty(STDERR_FILENO) == 1 ? LogFormat::Text : LogFormat::Json;
}

std::unique_ptr<webpubsub::LogSink> make_log_sink(LogFormat format, std::string_view identifier,
                                                  std::chrono::milliseconds patience) {
  format = log_format_in_use(format);
  if (format == LogFormat::Journal) return make_journal_sink(identifier, patience);
  if (format == LogFormat::Json) return std::make_unique<LineSink>(STDERR_FILENO, json_line);
  return make_text_sink();
}

std::optional<LogFormat> parse_log_format(std::string_view name) {
  for (const auto& word : config::kLogFormats) {
    if (word.text == name) return word.value;
  }
  return std::nullopt;
}

bool is_journal_stream(int fd, std::string_view journal_stream) {
  struct stat status {};
  if (journal_stream.empty() || fstat(fd, &status) != 0) return false;
  return journal_stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

}  // namespace gateway
