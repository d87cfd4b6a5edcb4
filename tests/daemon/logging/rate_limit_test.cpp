#include "daemon/logging/rate_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/recording_sink.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using webpubsub::LogLevel;
using webpubsub::TimePoint;

class RateLimitTest : public testing::Test {
 protected:
  void write(TimePoint now, LogLevel level, std::string_view message) {
    limit_.write_at(now, {level, "x.y", message, {}});
  }
  std::vector<std::string> messages() const { return sink_->messages(); }

  const TimePoint start_{};
  RecordingSink* sink_ = new RecordingSink;
  RateLimit limit_{std::unique_ptr<RecordingSink>(sink_), {.records = 2, .window = 30s}};
};

TEST_F(RateLimitTest, LeavesOutWhatIsOverAndTellsHowMuch) {
  for (const char* const words : {"1", "2", "3", "4"}) write(start_, LogLevel::Debug, words);
  write(start_ + 29s, LogLevel::Notice, "5");
  EXPECT_THAT(messages(), ElementsAre("1", "2"));
  write(start_ + 30s, LogLevel::Info, "6");
  EXPECT_THAT(messages(), ElementsAre("1", "2", "too many entries at once: 3 were left out", "6"));
  EXPECT_EQ(sink_->events()[2], "log.dropped");
}

TEST_F(RateLimitTest, PassesWarningsAndErrorsAlways) {
  for (const char* const words : {"1", "2"}) write(start_, LogLevel::Info, words);
  write(start_, LogLevel::Warning, "warning");
  write(start_, LogLevel::Error, "error");
  EXPECT_THAT(messages(), ElementsAre("1", "2", "warning", "error"));
}

TEST_F(RateLimitTest, SaysNothingWhenNothingWasLeftOut) {
  write(start_, LogLevel::Info, "1");
  write(start_ + 1h, LogLevel::Info, "2");
  EXPECT_THAT(messages(), ElementsAre("1", "2"));
}

}  // namespace
}  // namespace gateway
