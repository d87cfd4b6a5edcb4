// Windows: what is told of the readings of a while, and when.

#include "bridge/rules/window/window.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Kind = WindowFunction::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kStart = 1'763'690'400'000;  // a multiple of ten seconds

WindowField field(std::vector<WindowFunction> functions) {
  return {.field = "t", .functions = std::move(functions)};
}

/// Takes single numbers and writes down what is told: "KEY@SECONDS JSON (READINGS)".
class Bench {
 public:
  explicit Bench(WindowOptions options) : window_(std::move(options)) {}

  Window::Taken take(double seconds, std::string_view value, std::string_view key = "k",
                     double now = -1) {
    Sample sample;
    const auto kind = value == "true" || value == "false" ? Value::Kind::Bool
                      : parse_number(value)               ? Value::Kind::Number
                                                          : Value::Kind::Text;
    sample.fields.push_back({"t", {kind, value}});
    ++taken_;
    const auto result = window_.take({key, "topic", "group"}, sample, at(seconds),
                                     at(now < 0 ? seconds : now), tell());
    if (result != Window::Taken::In) --taken_;
    EXPECT_EQ(taken_, told_readings_ + window_.pending());
    return result;
  }
  void close(double seconds) { window_.close_due(at(seconds), tell()); }
  void finish() {
    window_.finish(tell());
    EXPECT_EQ(window_.pending(), 0U);
    EXPECT_EQ(window_.keys(), 0U);
  }

  std::vector<std::string> told() { return std::exchange(told_, {}); }
  Window& window() { return window_; }

 private:
  static std::int64_t at(double seconds) {
    return kStart + static_cast<std::int64_t>(std::lround(seconds * 1000));
  }
  Window::Tell tell() {
    return [this](const Window::Result& result) {
      told_readings_ += result.readings;
      told_.push_back(std::to_string((result.time - kStart) / 1000) + " " +
                      std::string(result.json) + " (" + std::to_string(result.readings) + ")");
    };
  }

  Window window_;
  std::vector<std::string> told_{};
  std::uint64_t taken_ = 0;
  std::uint64_t told_readings_ = 0;
};

TEST(Window, TellsEachKeyOnceWhenItsTimeIsOver) {
  Bench bench({.every = 10s, .compute = {field({{Kind::Min}, {Kind::Mean}, {Kind::Max}})}});
  bench.take(1, "20");
  bench.take(2, "1", "other");
  bench.take(9, "21");
  EXPECT_EQ(bench.window().next_due(), kStart + 10'000);
  bench.close(9.999);
  EXPECT_THAT(bench.told(), IsEmpty());
  bench.close(10);
  EXPECT_THAT(bench.told(), ElementsAre(R"(10 {"t":{"min":20,"mean":20.5,"max":21}} (2))",
                                        R"(10 {"t":{"min":1,"mean":1,"max":1}} (1))"));
  EXPECT_EQ(bench.window().next_due(), std::nullopt);
  bench.take(35, "5");
  EXPECT_EQ(bench.window().next_due(), kStart + 40'000);
  bench.finish();
  EXPECT_THAT(bench.told(), ElementsAre(R"(40 {"t":{"min":5,"mean":5,"max":5}} (1))"));
}

TEST(Window, SlidesOverSeveralSteps) {
  Bench bench({.every = 10s, .panes = 3, .compute = {field({{Kind::Count}, {Kind::Sum}})}});
  bench.take(1, "1");
  bench.take(11, "2");
  bench.take(12, "3");
  bench.close(60);
  EXPECT_THAT(
      bench.told(),
      ElementsAre(R"(10 {"t":{"count":1,"sum":1}} (1))", R"(20 {"t":{"count":3,"sum":6}} (2))",
                  R"(30 {"t":{"count":3,"sum":6}} (0))", R"(40 {"t":{"count":2,"sum":5}} (0))"));
  EXPECT_EQ(bench.window().keys(), 0U);
}

TEST(Window, CountsReadingsInsteadOfTime) {
  Bench bench({.count = 2, .panes = 2, .compute = {field({{Kind::First}, {Kind::Last}})}});
  for (const char* value : {"1.0", "2", "3", "4", "5"}) bench.take(0, value);
  EXPECT_THAT(bench.told(), ElementsAre(R"(0 {"t":{"first":1.0,"last":2}} (2))",
                                        R"(0 {"t":{"first":1.0,"last":4}} (2))"));
  bench.finish();
  EXPECT_THAT(bench.told(), ElementsAre(R"(0 {"t":{"first":3,"last":5}} (1))"));
}

TEST(Window, OneFunctionIsTheValueItself) {
  Bench bench({.count = 2, .compute = {{"t", {{Kind::Mean}}, true}, {"u", {{Kind::Max}}, true}}});
  bench.take(0, "0.1");
  bench.take(0, "0.2");
  EXPECT_THAT(bench.told(), ElementsAre(R"(0 {"t":0.15,"u":null} (2))"));
}

TEST(Window, TakesWhatIsOnItsWayUntilTheWaitIsOver) {
  Bench bench({.every = 10s, .wait = 5s, .compute = {field({{Kind::Count}})}});
  bench.take(9, "1");
  bench.take(12, "1");
  EXPECT_EQ(bench.take(8, "1", "k", 14), Window::Taken::In);
  EXPECT_EQ(bench.take(8, "1", "k", 15), Window::Taken::Late);
  EXPECT_THAT(bench.told(), ElementsAre(R"(10 {"t":{"count":2}} (2))"));
  bench.close(25);
  EXPECT_THAT(bench.told(), ElementsAre(R"(20 {"t":{"count":1}} (1))"));
}

TEST(Window, MayCountLateReadingsAsOnesOfNow) {
  Bench bench({.every = 10s, .late = LateReadings::Next, .compute = {field({{Kind::Count}})}});
  bench.take(1, "1");
  EXPECT_EQ(bench.take(2, "1", "k", 11), Window::Taken::In);
  bench.close(20);
  EXPECT_THAT(bench.told(),
              ElementsAre(R"(10 {"t":{"count":1}} (1))", R"(20 {"t":{"count":1}} (1))"));
}

TEST(Window, AClockAheadDoesNotHoldReadingsBack) {
  Bench bench({.every = 10s, .compute = {field({{Kind::Count}})}});
  bench.take(9'000, "1", "k", 1);
  bench.close(10);
  EXPECT_THAT(bench.told(), ElementsAre(R"(10 {"t":{"count":1}} (1))"));
}

TEST(Window, GoesOnWhenTheGatewaysClockIsSetBack) {
  Bench bench({.every = 10s, .compute = {field({{Kind::Count}})}});
  bench.take(100'000, "1");
  EXPECT_EQ(bench.take(1, "1"), Window::Taken::In);
  EXPECT_THAT(bench.told(), ElementsAre(R"(100010 {"t":{"count":1}} (1))"));
  bench.close(10);
  EXPECT_THAT(bench.told(), ElementsAre(R"(10 {"t":{"count":1}} (1))"));
}

TEST(Window, KnowsHowFastAndHowLong) {
  Bench bench({.every = 10s, .panes = 2, .compute = {field({{Kind::Rate}, {Kind::Duty}})}});
  bench.take(2, "0");
  bench.take(6, "8");
  bench.close(10);  // off for 4 s, on for 4 s
  EXPECT_THAT(bench.told(), ElementsAre(R"(10 {"t":{"rate":2,"duty":0.5}} (2))"));
  bench.take(15, "0");  // on for 5 s more, then off for 5 s
  bench.close(20);
  EXPECT_THAT(bench.told(), ElementsAre(R"(20 {"t":{"rate":0,"duty":0.5}} (1))"));
}

TEST(Window, GoesByTheTimeOfReadingsInWhateverOrderTheyCome) {
  Bench bench({.every = 10s,
               .wait = 5s,
               .compute = {field({{Kind::First}, {Kind::Last}, {Kind::Rate}, {Kind::Duty}})}});
  bench.take(4, "8", "k", 8);
  bench.take(8, "0", "k", 8);
  bench.take(2, "4", "k", 9);  // it took its time
  bench.close(15);             // on from 4 s to 8 s, then off
  EXPECT_THAT(bench.told(),
              ElementsAre(testing::StartsWith(R"(10 {"t":{"first":4,"last":0,"rate":-0.666)")));

  Bench duty({.every = 10s, .wait = 5s, .compute = {field({{Kind::Duty}})}});
  duty.take(5, "true", "k", 5);
  duty.take(1, "false", "k", 6);
  duty.close(15);
  EXPECT_THAT(duty.told(), ElementsAre(R"(10 {"t":{"duty":1}} (2))"));
}

TEST(Window, HasNoResultWhereValuesAreMissing) {
  Bench bench({.count = 2,
               .compute = {field(
                   {{Kind::Mean}, {Kind::Rate}, {Kind::Duty}, {Kind::Count}, {Kind::Last}})}});
  bench.take(0, "x");
  bench.take(0, "y");
  EXPECT_THAT(
      bench.told(),
      ElementsAre(R"(0 {"t":{"mean":null,"rate":null,"duty":null,"count":2,"last":"y"}} (2))"));
}

TEST(Window, RefusesMoreKeysThanItMayHold) {
  Bench bench({.every = 10s, .compute = {field({{Kind::Count}})}});
  for (std::size_t i = 0; i < Window::kMaxKeys; ++i) bench.take(1, "1", std::to_string(i));
  EXPECT_EQ(bench.take(1, "1", "one more"), Window::Taken::Full);
  EXPECT_EQ(bench.take(1, "1", "7"), Window::Taken::In);
  EXPECT_EQ(bench.take(11, "1", "one more"), Window::Taken::In);
}

TEST(Window, RefusesMoreStepsThanItMayHold) {
  const std::size_t steps = 60;
  Bench bench({.every = 10s, .panes = steps, .wait = 600s, .compute = {field({{Kind::Count}})}});
  const auto keys = Window::kMaxAggregates / steps + 1;
  std::size_t taken = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t key = 0; key < keys; ++key) {
      const auto seconds = 10.0 * static_cast<double>(step);
      taken += bench.take(seconds, "1", std::to_string(key)) == Window::Taken::In ? 1U : 0U;
    }
  }
  EXPECT_EQ(taken, Window::kMaxAggregates);
  bench.finish();
}

TEST(Window, ByCountOthersMakeRoomForMoreSteps) {
  Bench bench({.count = 1, .panes = 3, .compute = {field({{Kind::Count}})}});
  const auto keys = Window::kMaxKeys - 1;
  for (int round = 0; round < 4; ++round) {
    for (std::size_t key = 0; key < keys; ++key) {
      ASSERT_EQ(bench.take(round, "1", std::to_string(key)), Window::Taken::In);
    }
  }
  EXPECT_LT(bench.window().keys(), keys);
  bench.finish();
}

TEST(Window, ByCountTellsTheKeyUnheardOfForLongest) {
  Bench bench({.count = 3, .compute = {field({{Kind::Count}})}});
  for (std::size_t i = 0; i < Window::kMaxKeys; ++i) bench.take(1, "1", std::to_string(i));
  bench.take(1, "1", "0");
  EXPECT_EQ(bench.take(1, "1", "one more"), Window::Taken::In);
  EXPECT_THAT(bench.told(), ElementsAre(R"(1 {"t":{"count":1}} (1))"));
  bench.take(1, "1", "0");
  EXPECT_THAT(bench.told(), ElementsAre(R"(1 {"t":{"count":3}} (3))"));
}

TEST(Window, EveryReadingIsToldOnceWhateverComes) {
  std::mt19937 random(3);  // the same in every run
  for (int round = 0; round < 40; ++round) {
    const bool by_time = random() % 2 == 0;
    Bench bench({.every = by_time ? 10s : 0s,
                 .count = by_time ? 0 : 1 + random() % 4,
                 .panes = 1 + random() % 4,
                 .wait = by_time ? std::chrono::seconds(random() % 20) : 0s,
                 .late = random() % 2 == 0 ? LateReadings::Drop : LateReadings::Next,
                 .compute = {field({{Kind::Mean}, {Kind::Percentile, 95}, {Kind::Duty}})}});
    double now = 100;
    for (int i = 0; i < 200; ++i) {
      now += random() % 8 == 0 ? 15 : 0.5;
      if (random() % 50 == 0) now = std::max(0.0, now - 60);
      const auto time = std::max(0.0, now - static_cast<double>(random() % 30));
      bench.take(time, std::to_string(random() % 9), std::to_string(random() % 5), now);
      if (random() % 10 == 0) bench.close(now);
    }
    bench.finish();
  }
}

TEST(Digest, IsExactForAFewNumbers) {
  Digest digest;
  for (const double number : {4.0, 1.0, 3.0, 2.0}) digest.add(number);
  EXPECT_DOUBLE_EQ(digest.quantile(0), 1);
  EXPECT_DOUBLE_EQ(digest.quantile(0.5), 2.5);
  EXPECT_DOUBLE_EQ(digest.quantile(1), 4);
}

TEST(Digest, IsCloseForMany) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> share(0, 1);
  std::vector<double> all;
  Digest whole;
  Digest other;
  for (int i = 0; i < 100'000; ++i) {
    const auto number = std::exp(share(random) * 5);
    all.push_back(number);
    (i % 2 == 0 ? whole : other).add(number);
  }
  whole.merge(other);
  std::sort(all.begin(), all.end());
  for (const double wanted : {0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999}) {
    const auto found = whole.quantile(wanted);
    const auto rank = std::lower_bound(all.begin(), all.end(), found) - all.begin();
    EXPECT_NEAR(static_cast<double>(rank) / 100'000, wanted, 0.01) << wanted;
  }
}

}  // namespace
}  // namespace gateway
