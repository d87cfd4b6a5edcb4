#include "bridge/rules/source_time.h"

#include "bridge/rules/timestamp.h"

namespace gateway {

namespace {

constexpr std::int64_t kLatest = 253'402'300'799'999;  // the end of the year 9999

}  // namespace

std::string to_string(const SourceTime& time) {
  auto text = format_timestamp(time.time);
  if (time.skew != 0) text += ", skew " + std::to_string(time.skew) + " ms";
  return text;
}

SourceTime source_time(const TimeOptions& options, const Document& document,
                       std::optional<std::int64_t> formatted, std::int64_t arrival, Arena& arena) {
  std::optional<std::int64_t> time;
  if (options.source == TimeOptions::Source::Format) time = formatted;
  if (options.source == TimeOptions::Source::Field) {
    time = parse_timestamp(options.at.find(document, arena));
  }
  if (!time || *time < 0 || *time > kLatest) return {.time = arrival};
  const auto skew = *time - arrival;
  const auto most = options.max_skew.count();
  const bool marked = most > 0 && (skew > most || skew < -most);
  return {.time = *time, .skew = marked ? skew : 0};
}

}  // namespace gateway
