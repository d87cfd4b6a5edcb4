#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

struct Line {
  LogLevel level{};
  std::string event{};
  std::string message{};
  std::vector<std::pair<std::string, std::string>> fields{};
  LogPlace place{};
};

class LogTest : public ::testing::Test, private LogSink {
 protected:
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const Line& line : lines) all.push_back(line.message);
    return all;
  }

  std::vector<Line> lines;
  Log log{*this, LogLevel::Info};
  TimePoint start{};

 private:
  void write(const LogRecord& record) override {
    Line line{
        record.level, std::string(record.event), std::string(record.message), {}, record.place};
    for (const LogField& field : record.fields) line.fields.emplace_back(field.key, field.value);
    lines.push_back(std::move(line));
  }
};

TEST_F(LogTest, WritesWhatTheLevelLetsThrough) {
  log.write(LogLevel::Info, "a.b", "words", {{"rule", "climate"}});
  log.write(LogLevel::Debug, "a.c", "detail");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].event, "a.b");
  EXPECT_EQ(lines[0].message, "words");
  EXPECT_EQ(lines[0].fields.at(0), std::make_pair(std::string("rule"), std::string("climate")));
  log.set_level(LogLevel::Debug);
  log.write(LogLevel::Debug, "a.c", "detail");
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(LogTest, SaysWhereALineWasWritten) {
  const int line = __LINE__ + 1;
  log.write(LogLevel::Info, "a.b", "words");
  log.burst(start, LogLevel::Info, "a.c", "words");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].place.file, "tests/base/log_test.cpp");
  EXPECT_EQ(lines[0].place.line, line);
  EXPECT_EQ(lines[1].place.line, line + 1);
  EXPECT_EQ(lines[1].place.function, "TestBody");
}

TEST_F(LogTest, TurnsAStormIntoItsFirstASummaryAndAnEnd) {
  for (int i = 0; i < 1000; ++i) {
    log.burst(start + i * 5ms, LogLevel::Warning, "peer.bad", "bad input", {{"peer", "::1"}});
  }
  log.flush(start + 9s);
  EXPECT_THAT(messages(), ElementsAre("bad input"));
  log.flush(start + 10s);
  log.flush(start + 100s);
  EXPECT_THAT(messages(), ElementsAre("bad input", "bad input (999 more in 5s)"));
  EXPECT_EQ(lines[1].level, LogLevel::Warning);
  EXPECT_EQ(lines[1].event, "peer.bad");
  EXPECT_THAT(lines[1].fields,
              ElementsAre(Pair("peer", "::1"), Pair("count", "999"), Pair("repeat", "summary")));
  log.flush(start + 130s);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[2].message, "over after 1000 in 5s; the last: bad input");
  EXPECT_EQ(lines[2].level, LogLevel::Notice);
  EXPECT_THAT(lines[2].fields,
              ElementsAre(Pair("peer", "::1"), Pair("count", "1000"), Pair("repeat", "over")));
  log.flush(start + 1h);
  EXPECT_EQ(lines.size(), 3U);
}

TEST_F(LogTest, TellsLessAndLessOftenThatAStormGoesOn) {
  for (int second = 0; second <= 3600; ++second) {
    log.burst(start + second * 1s, LogLevel::Warning, "peer.bad", "bad");
  }
  EXPECT_THAT(messages(),
              ElementsAre("bad", "bad (10 more in 10s)", "bad (60 more in 1m)",
                          "bad (600 more in 10m)", "bad (600 more in 10m)", "bad (600 more in 10m)",
                          "bad (600 more in 10m)", "bad (600 more in 10m)"));
}

TEST_F(LogTest, OneDoesNotMakeAStorm) {
  log.burst(start, LogLevel::Warning, "peer.bad", "first");
  log.flush(start + 1h);
  EXPECT_THAT(messages(), ElementsAre("first"));
}

TEST_F(LogTest, WritesAtOnceAgainWhenTheStormIsLongOver) {
  log.burst(start, LogLevel::Warning, "peer.bad", "first");
  log.burst(start + 1s, LogLevel::Warning, "peer.bad", "second; next try in 3s");
  log.burst(start + 5min, LogLevel::Warning, "peer.bad", "third");
  EXPECT_THAT(messages(), ElementsAre("first", "over after 2 in 1s; the last: second", "third"));
}

TEST_F(LogTest, EndsAStormWhenToldThatItsCauseIsGone) {
  log.burst(start, LogLevel::Warning, "link.failed", "refused", {{"link", "mqtt"}});
  log.burst(start + 30s, LogLevel::Warning, "link.failed", "refused", {{"link", "mqtt"}});
  log.burst(start + 30s, LogLevel::Warning, "link.failed", "timeout", {{"link", "cloud"}});
  log.over("link.failed", {{"link", "mqtt"}});
  log.over("link.failed", {{"link", "mqtt"}});
  EXPECT_THAT(messages(), ElementsAre("refused", "refused (1 more in 30s)", "timeout",
                                      "over after 2 in 30s; the last: refused"));
  log.burst(start + 31s, LogLevel::Warning, "link.failed", "refused", {{"link", "mqtt"}});
  EXPECT_EQ(messages().back(), "refused") << "a new one";
}

TEST_F(LogTest, KeepsEventsLevelsRulesLinksAndOutcomesApart) {
  log.burst(start, LogLevel::Warning, "peer.bad", "x");
  log.burst(start, LogLevel::Warning, "peer.worse", "x");
  log.burst(start, LogLevel::Error, "peer.bad", "x");
  log.burst(start, LogLevel::Warning, "peer.bad", "x", {{"rule", "a"}});
  log.burst(start, LogLevel::Warning, "peer.bad", "x", {{"rule", "b"}});
  log.burst(start, LogLevel::Warning, "peer.bad", "x", {{"link", "a"}});
  log.burst(start, LogLevel::Warning, "peer.bad", "x", {{"outcome", "a"}});
  EXPECT_EQ(lines.size(), 7U);
  log.burst(start, LogLevel::Warning, "peer.bad", "x", {{"peer", "of the peer's choice"}});
  EXPECT_EQ(lines.size(), 7U);
}

TEST_F(LogTest, AddsUpWhatRecordsStandFor) {
  log.burst(start, LogLevel::Error, "uplink.dropped", "dropped", {{"count", "5"}});
  log.burst(start + 1s, LogLevel::Error, "uplink.dropped", "dropped", {{"count", "70"}});
  log.burst(start + 10s, LogLevel::Error, "uplink.dropped", "dropped", {{"count", "30"}});
  EXPECT_EQ(messages().back(), "dropped (100 more in 10s)");
  log.flush(start + 1h);
  EXPECT_EQ(messages().back(), "over after 105 in 10s; the last: dropped");
}

TEST_F(LogTest, IsBoundedInWhatItTellsApart) {
  for (int i = 0; i < 100'000; ++i) {
    log.burst(start, LogLevel::Warning, "rule.bad", "x", {{"rule", std::to_string(i)}});
  }
  EXPECT_EQ(lines.size(), 257U) << "from there on by the event alone";
}

TEST_F(LogTest, CountsNothingThatItsLevelKeepsBack) {
  log.burst(start, LogLevel::Debug, "peer.bad", "x");
  log.burst(start, LogLevel::Debug, "peer.bad", "x");
  log.set_level(LogLevel::Debug);
  log.burst(start, LogLevel::Debug, "peer.bad", "seen");
  log.flush(TimePoint::max());
  EXPECT_THAT(messages(), ElementsAre("seen"));
}

TEST_F(LogTest, LeavesNothingUntoldAtTheEnd) {
  log.burst(start, LogLevel::Warning, "peer.bad", "first");
  log.burst(start + 1s, LogLevel::Warning, "peer.bad", "held");
  log.flush(TimePoint::max());
  EXPECT_THAT(messages(), ElementsAre("first", "held (1 more in 1s)"));
}

}  // namespace
}  // namespace webpubsub
