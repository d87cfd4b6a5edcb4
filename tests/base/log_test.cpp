#include "base/log.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using std::chrono_literals::operator""s;

struct Line {
  LogLevel level{};
  std::string event{};
  std::string message{};
  std::vector<std::pair<std::string, std::string>> fields{};
};

class LogTest : public ::testing::Test, private LogSink {
 protected:
  std::vector<Line> lines;
  Log log{*this, LogLevel::Info};
  TimePoint start{};

 private:
  void write(const LogRecord& record) override {
    Line line{record.level, std::string(record.event), std::string(record.message), {}};
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

TEST_F(LogTest, TurnsAStormIntoTwoLines) {
  for (int i = 0; i < 1000; ++i) log.burst(start, LogLevel::Warning, "peer.bad", "bad input");
  log.flush(start + 9s);
  ASSERT_EQ(lines.size(), 1U);
  log.flush(start + 10s);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].level, LogLevel::Warning);
  EXPECT_EQ(lines[1].event, "peer.bad");
  EXPECT_EQ(lines[1].fields.at(0).second, "999");
  log.flush(start + 20s);
  log.flush(start + 30s);
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(LogTest, WritesAtOnceAgainWhenTheStormIsLongOver) {
  log.burst(start, LogLevel::Warning, "peer.bad", "first");
  log.burst(start + 60s, LogLevel::Warning, "peer.bad", "second");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].message, "second");
}

TEST_F(LogTest, KeepsEventsApart) {
  log.burst(start, LogLevel::Warning, "peer.bad", "x");
  log.burst(start, LogLevel::Warning, "peer.worse", "y");
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(LogTest, TellsWhatWasHeldWhenTheEventComesBack) {
  log.burst(start, LogLevel::Warning, "peer.bad", "first");
  log.burst(start + 1s, LogLevel::Warning, "peer.bad", "held");
  log.burst(start + 11s, LogLevel::Warning, "peer.bad", "new");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_NE(lines[1].message.find("held"), std::string::npos);
  EXPECT_EQ(lines[2].message, "new");
}

}  // namespace
}  // namespace webpubsub
