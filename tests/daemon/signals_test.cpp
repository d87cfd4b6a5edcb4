#include "daemon/signals.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/daemon/event_loop_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;

class SignalsTest : public EventLoopTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(block_signals());
    EventLoopTest::SetUp();
    auto signals = Signals::listen(*loop_,
                                   {.stop = [this] { seen_.emplace_back("stop"); },
                                    .stop_now = [this] { seen_.emplace_back("stop now"); },
                                    .reload = [this] { seen_.emplace_back("reload"); },
                                    .report = [this] { seen_.emplace_back("report"); }},
                                   log_);
    ASSERT_TRUE(signals) << signals.error().message;
    signals_ = std::move(*signals);
  }
  void TearDown() override { signals_.reset(); }

  void send(int signal) {
    const std::size_t before = sink_.events().size();
    ASSERT_EQ(kill(getpid(), signal), 0);
    ASSERT_TRUE(serve_until([&] { return sink_.events().size() > before; }));
  }

  std::vector<std::string> seen_;
  std::unique_ptr<Signals> signals_;
};

TEST_F(SignalsTest, TermStopsAndASecondOneStopsNow) {
  send(SIGTERM);
  EXPECT_THAT(seen_, ElementsAre("stop"));
  send(SIGINT);
  EXPECT_THAT(seen_, ElementsAre("stop", "stop now"));
}

TEST_F(SignalsTest, HupReloadsAndUsr1Reports) {
  send(SIGHUP);
  send(SIGUSR1);
  EXPECT_THAT(seen_, ElementsAre("reload", "report"));
  EXPECT_THAT(sink_.messages(), ElementsAre("SIGHUP received", "SIGUSR1 received"));
}

TEST_F(SignalsTest, ASignalWithoutAnActionHasNoEffect) {
  send(SIGUSR2);
  EXPECT_THAT(seen_, testing::IsEmpty());
}

TEST_F(SignalsTest, ReachTheLoopWhateverThreadsThereAre) {
  std::atomic<bool> over = false;
  std::thread other([&over] { over.wait(false); });
  send(SIGTERM);
  over = true;
  over.notify_all();
  other.join();
  EXPECT_THAT(seen_, ElementsAre("stop"));
}

TEST_F(SignalsTest, ABrokenPipeIsAnErrorAndNoSignal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

}  // namespace
}  // namespace gateway
