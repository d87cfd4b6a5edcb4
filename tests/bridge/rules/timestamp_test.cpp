// Times as devices write them, and clocks that are off.

#include "bridge/rules/timestamp.h"

#include <gtest/gtest.h>

#include "bridge/rules/source_time.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kArrival = 1'763'690'400'000;

std::optional<std::int64_t> number(std::string_view digits) {
  return parse_timestamp({Value::Kind::Number, digits});
}
std::optional<std::int64_t> text(std::string_view text) {
  return parse_timestamp({Value::Kind::Text, text});
}

TEST(Timestamp, RecognisesUnixTimesByTheirSize) {
  EXPECT_EQ(number("1763690400"), kArrival);
  EXPECT_EQ(number("1763690400.5"), kArrival + 500);
  EXPECT_EQ(number("1763690400123"), kArrival + 123);
  EXPECT_EQ(number("1763690400123456"), kArrival + 123);
  EXPECT_EQ(number("1763690400123456789"), kArrival + 123);
  EXPECT_EQ(number("1.7636904e9"), kArrival);
  EXPECT_EQ(text("1763690400"), kArrival);
  for (const char* digits : {"0", "-1", "12345678", "1e20", "99999999"}) {
    EXPECT_FALSE(number(digits)) << digits;
  }
}

TEST(Timestamp, ReadsRfc3339) {
  EXPECT_EQ(text("2025-11-21T02:00:00Z"), kArrival);
  EXPECT_EQ(text("2025-11-21 02:00:00.123456789z"), kArrival + 123);
  EXPECT_EQ(text("2025-11-21T03:30:00.5+01:30"), kArrival + 500);
  EXPECT_EQ(text("2025-11-20T21:00:00-05:00"), kArrival);
  EXPECT_EQ(text("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(text("1969-12-31T23:59:59Z"), -1000);
  for (const char* wrong :
       {"", "2025-11-21", "2025-11-21T02:00:00", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
        "2025-11-21T24:00:00Z", "2025-11-21T02:00:00.Z", "2025-11-21T02:00:00+1:00",
        "2025-11-21T02:00:00Zx", "2025-11-21T02:60:00Z", "-025-11-21T02:00:00Z", "noon"}) {
    EXPECT_FALSE(text(wrong)) << wrong;
  }
}

TEST(Timestamp, ReadsWhatItWrites) {
  EXPECT_EQ(format_timestamp(kArrival + 7), "2025-11-21T02:00:00.007Z");
  EXPECT_EQ(format_timestamp(-1), "1969-12-31T23:59:59.999Z");
  for (std::int64_t time = 0; time < 4'000'000'000'000; time += 86'399'999'123) {
    EXPECT_EQ(text(format_timestamp(time)), time);
  }
}

SourceTime of_payload(std::string_view payload, const TimeOptions& options,
                      std::optional<std::int64_t> formatted = std::nullopt) {
  Document document;
  EXPECT_TRUE(document.parse(payload));
  Arena arena;
  return source_time(options, document, formatted, kArrival, arena);
}

TEST(SourceTime, IsThatOfTheFieldUnlessThatIsNone) {
  const TimeOptions options{.source = TimeOptions::Source::Field, .at = *Pointer::parse("/ts")};
  EXPECT_EQ(of_payload(R"({"ts":1763690399})", options).time, kArrival - 1000);
  EXPECT_EQ(of_payload(R"({"ts":"2025-11-21T01:59:00Z"})", options).time, kArrival - 60'000);
  EXPECT_EQ(of_payload(R"({"ts":null})", options).time, kArrival);
  EXPECT_EQ(of_payload("{}", options, 5).time, kArrival);
}

TEST(SourceTime, IsThatOfTheFormatUnlessArrivalIsWanted) {
  EXPECT_EQ(of_payload("{}", {}, kArrival + 1).time, kArrival + 1);
  EXPECT_EQ(of_payload("{}", {}).time, kArrival);
  EXPECT_EQ(of_payload("{}", {.source = TimeOptions::Source::Arrival}, 5).time, kArrival);
  EXPECT_EQ(of_payload("{}", {}, -5).time, kArrival);
}

TEST(SourceTime, TellsOfAClockThatIsOff) {
  const auto skew = [](std::int64_t off, std::chrono::milliseconds most) {
    return of_payload("{}", {.max_skew = most}, kArrival + off).skew;
  };
  EXPECT_EQ(skew(300'000, 5min), 0);
  EXPECT_EQ(skew(300'001, 5min), 300'001);
  EXPECT_EQ(skew(-300'001, 5min), -300'001);
  EXPECT_EQ(skew(-900'000, 0ms), 0);
}

}  // namespace
}  // namespace gateway
