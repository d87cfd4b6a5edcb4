#include "base/units.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using std::chrono::microseconds;

TEST(Durations, AreReadAndWritten) {
  const std::pair<std::string_view, std::int64_t> table[] = {
      {"1us", 1},          {"50ms", 50'000},      {"10s", 10'000'000},
      {"5m", 300'000'000}, {"1h", 3'600'000'000}, {"2d", 172'800'000'000}};
  for (const auto& [text, count] : table) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), count) << text;
    EXPECT_EQ(format_duration(microseconds(count)), text);
  }
  EXPECT_EQ(parse_duration("0")->count(), 0);
  EXPECT_EQ(parse_duration("0s")->count(), 0);
  EXPECT_EQ(format_duration(microseconds(1'500'000)), "1500ms");
  EXPECT_EQ(format_duration(microseconds(2'000'000)), "2s");
}

TEST(Durations, AreRefusedWithWhatWouldBeRight) {
  for (const std::string_view text : {"", "10", "s", "1.5s", "-1s", "+1s", " 1s", "1 s", "1s ",
                                      "1S", "1sec", "99999999999999999999s", "9999999999999999d"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::InvalidArgument);
    EXPECT_NE(parsed.error().message.find("10s"), std::string::npos) << parsed.error().message;
  }
}

TEST(Sizes, AreReadAndWritten) {
  const std::pair<std::string_view, std::uint64_t> table[] = {
      {"1001B", 1001},     {"1kB", 1000},          {"64KiB", 65'536},    {"1MB", 1'000'000},
      {"1MiB", 1U << 20U}, {"3GB", 3'000'000'000}, {"2GiB", 1ULL << 31U}};
  for (const auto& [text, bytes] : table) {
    const auto parsed = parse_size(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, bytes) << text;
    EXPECT_EQ(format_size(bytes), text);
  }
  for (const std::string_view text : {"", "1", "1KB", "1kib", "-1B", "1.5MB", "99999999999GiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Durations, AreToldRoughlyToPeople) {
  using namespace std::chrono_literals;
  EXPECT_EQ(rough_duration(0s), "0ms");
  EXPECT_EQ(rough_duration(80'500us), "80ms");
  EXPECT_EQ(rough_duration(12'345ms), "12s");
  EXPECT_EQ(rough_duration(59'600ms), "1m");
  EXPECT_EQ(rough_duration(90'400ms), "1m 30s");
  EXPECT_EQ(rough_duration(8h + 3min + 10s), "8h 3m");
  EXPECT_EQ(rough_duration(24h - 1s), "1d");
  EXPECT_EQ(rough_duration(400h), "16d 16h");
}

TEST(Rates, AreReadPerSecond) {
  EXPECT_DOUBLE_EQ(*parse_rate("20/s"), 20);
  EXPECT_DOUBLE_EQ(*parse_rate("0.5/s"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_rate("120/m"), 2);
  EXPECT_DOUBLE_EQ(*parse_rate("1800/h"), 0.5);
  EXPECT_EQ(format_rate(20), "20/s");
  for (const std::string_view text : {"", "20", "/s", "-1/s", "nan/s", "inf/s", "1/d", "1 /s"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

}  // namespace
}  // namespace webpubsub
