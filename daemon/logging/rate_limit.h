// Holds the log below the rate at which the journal itself throws entries away.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace gateway {

struct RateLimitOptions {
  // journald's own limit is 10,000 in 30 seconds by default, all levels alike.
  std::uint64_t records = 5'000;
  std::chrono::seconds window{30};
};

/// Passes on at most so many records in a window, and all that are warnings or errors: those are
/// told in storms, see Log::burst(). What was held back is told at the first record of the next
/// window.
class RateLimit final : public webpubsub::LogSink {
 public:
  RateLimit(std::unique_ptr<webpubsub::LogSink> sink, RateLimitOptions options)
      : sink_(std::move(sink)), options_(options) {}

  void write(const webpubsub::LogRecord& record) override {
    write_at(webpubsub::steady_now(), record);
  }
  void write_at(webpubsub::TimePoint now, const webpubsub::LogRecord& record);

 private:
  void begin_window(webpubsub::TimePoint now);

  std::unique_ptr<webpubsub::LogSink> sink_;
  RateLimitOptions options_;
  webpubsub::TimePoint begun_ = webpubsub::TimePoint::min();
  std::uint64_t passed_ = 0;
  std::uint64_t held_ = 0;
};

}  // namespace gateway
