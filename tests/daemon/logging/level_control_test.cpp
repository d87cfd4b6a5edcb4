#include "daemon/logging/level_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/event_loop_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using webpubsub::LogLevel;

class LevelControlTest : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    log_.set_level(LogLevel::Info);
    control_ = std::make_unique<LevelControl>(*loop_, log_);
  }
  void TearDown() override { control_.reset(); }

  std::unique_ptr<LevelControl> control_;
};

TEST_F(LevelControlTest, ComesBackByItselfAndSaysSo) {
  control_->set_level(LogLevel::Debug, 20ms);
  EXPECT_EQ(log_.level(), LogLevel::Debug);
  ASSERT_TRUE(serve_until([&] { return log_.level() == LogLevel::Info; }));
  EXPECT_THAT(sink_.messages(), ElementsAre("logging at level debug for 20ms, then at info again",
                                            "logging at level info from here on"));
  EXPECT_THAT(sink_.events(), ElementsAre("log.level", "log.level"));
}

TEST_F(LevelControlTest, StaysWithoutADuration) {
  control_->set_level(LogLevel::Debug, {});
  control_->set_level(LogLevel::Error, 1ms);
  ASSERT_TRUE(serve_until([&] { return log_.level() == LogLevel::Debug; }));
}

TEST_F(LevelControlTest, SaysThatItGoesQuiet) {
  control_->set_level(LogLevel::Error, {});
  EXPECT_EQ(log_.level(), LogLevel::Error);
  EXPECT_THAT(sink_.messages(), ElementsAre("logging at level error from here on"));
}

TEST_F(LevelControlTest, AReloadChangesWhatItComesBackTo) {
  control_->set_level(LogLevel::Debug, 20ms);
  control_->set_usual(LogLevel::Notice);
  EXPECT_EQ(log_.level(), LogLevel::Debug);
  ASSERT_TRUE(serve_until([&] { return log_.level() == LogLevel::Notice; }));
  control_->set_usual(LogLevel::Warning);
  EXPECT_EQ(log_.level(), LogLevel::Warning);
}

}  // namespace
}  // namespace gateway
