#include "daemon/logging/rate_limit.h"

#include <string>

namespace gateway {

using webpubsub::LogField;
using webpubsub::LogLevel;
using webpubsub::LogRecord;

void RateLimit::write_at(webpubsub::TimePoint now, const LogRecord& record) {
  if (begun_ == webpubsub::TimePoint::min() || now - begun_ >= options_.window) begin_window(now);
  if (passed_ >= options_.records && record.level > LogLevel::Warning) {
    ++held_;
    return;
  }
  ++passed_;
  sink_->write(record);
}

void RateLimit::begin_window(webpubsub::TimePoint now) {
  begun_ = now;
  passed_ = 0;
  if (held_ == 0) return;
  const LogField count{"count", std::to_string(held_)};
  held_ = 0;
  const std::string words = "too many entries at once: " + count.value + " were left out";
  const LogRecord record{LogLevel::Warning, "log.dropped", words, {&count, 1}};
  sink_->write(record);
}

}  // namespace gateway
