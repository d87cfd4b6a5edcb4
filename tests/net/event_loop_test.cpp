#include <array>
#include <atomic>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loopback.h"
#include "net/event_loop_impl.h"

namespace webpubsub::net::testing {
namespace {

TEST(EventLoop, RunsTimersInOrderOfTheirDeadlines) {
  Loop loop;
  std::string order;
  Timer third(*loop, [&] { order += '3'; });
  Timer first(*loop, [&] { order += '1'; });
  Timer second(*loop, [&] { order += '2'; });
  const TimePoint now = steady_now();
  third.start_at(now + 30ms);
  first.start_at(now + 10ms);
  second.start_at(now + 20ms);
  ASSERT_TRUE(loop.until([&] { return order.size() == 3; }));
  EXPECT_EQ(order, "123");
  EXPECT_GE(steady_now(), now + 30ms);
}

TEST(EventLoop, RunsATimerOnceAndForgetsACancelledOne) {
  Loop loop;
  int runs = 0;
  Timer once(*loop, [&] { ++runs; });
  Timer never(*loop, [&] { FAIL() << "cancelled timer ran"; });
  bool over = false;
  Timer last(*loop, [&] { over = true; });
  never.start_after(1ms);
  once.start_after(2ms);
  last.start_after(20ms);
  never.cancel();
  EXPECT_FALSE(never.deadline());
  ASSERT_TRUE(loop.until([&] { return over; }));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(once.deadline());
}

TEST(EventLoop, ReplacesTheDeadlineOfATimerThatIsStartedAgain) {
  Loop loop;
  const TimePoint start = steady_now();
  TimePoint ran{};
  Timer timer(*loop, [&] { ran = steady_now(); });
  timer.start_at(start + 3600s);
  timer.start_at(start + 5ms);
  ASSERT_TRUE(loop.until([&] { return ran != TimePoint{}; }));
  EXPECT_GE(ran, start + 5ms);
}

TEST(EndOfLap, RunsOnceInTheLapInWhichItWasAskedFor) {
  Loop loop;
  int runs = 0;
  EndOfLap end(*loop, [&] { ++runs; });
  Timer timer(*loop, [&] {
    end.ask();
    end.ask();
    EXPECT_EQ(runs, 0);
  });
  timer.start_after(1ms);
  while (timer.deadline()) loop->run_once(1s);
  EXPECT_EQ(runs, 1);
  loop->run_once(0ms);
  EXPECT_EQ(runs, 1);
}

TEST(EndOfLap, MayAskAgainAndIsNotWaitedFor) {
  Loop loop;
  int runs = 0;
  EndOfLap* self = nullptr;
  EndOfLap end(*loop, [&] {
    if (++runs == 1) self->ask();
  });
  self = &end;
  end.ask();
  loop->run_once(3600s);  // asked for outside of a lap: served before it waits, and once more after
  EXPECT_EQ(runs, 2);
}

TEST(EndOfLap, MayGoBeforeItsTurnAndDuringIt) {
  Loop loop;
  bool ran = false;
  auto never = std::make_unique<EndOfLap>(*loop, [] { FAIL() << "it was gone"; });
  std::unique_ptr<EndOfLap> first;
  first = std::make_unique<EndOfLap>(*loop, [&] {
    never.reset();
    ran = true;
  });
  auto early = std::make_unique<EndOfLap>(*loop, [] { FAIL() << "it was gone"; });
  early->ask();
  first->ask();
  never->ask();
  early.reset();
  loop->run_once(0ms);
  EXPECT_TRUE(ran);
}

TEST(EventLoop, LetsATimerStartItselfWithoutStarvingOthers) {
  Loop loop;
  int runs = 0;
  std::optional<Timer> busy;
  busy.emplace(*loop, [&] {
    ++runs;
    busy->start_after(Duration::zero());
  });
  busy->start_after(Duration::zero());
  bool other_ran = false;
  Timer other(*loop, [&] { other_ran = true; });
  other.start_after(5ms);
  ASSERT_TRUE(loop.until([&] { return other_ran && runs > 3; }));
}

TEST(EventLoop, LetsATimerBeDestroyedInItsOwnCallback) {
  Loop loop;
  bool ran = false;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(*loop, [&, text = std::string(100, 'x')] {
    timer.reset();
    ran = text.size() == 100;
  });
  timer->start_after(1ms);
  ASSERT_TRUE(loop.until([&] { return ran; }));
}

TEST(EventLoop, RunsDeferredWorkOnALaterLapInOrder) {
  Loop loop;
  std::string order;
  loop->defer([&] {
    order += 'a';
    loop->defer([&] { order += 'c'; });
  });
  loop->defer([&] { order += 'b'; });
  EXPECT_EQ(order, "");
  loop->run_once(0ms);
  EXPECT_EQ(order, "ab");
  loop->run_once(1s);
  EXPECT_EQ(order, "abc");
}

TEST(EventLoop, WakesFromOtherThreadsWithoutLosingTheLastWake) {
  Loop loop;
  constexpr int kThreads = 4;
  constexpr int kWakes = 2000;
  std::atomic<int> pushed{0};
  int seen = 0;
  Waker waker(*loop, [&] { seen = pushed.load(); });
  {
    std::array<std::jthread, kThreads> threads;
    for (auto& thread : threads) {
      thread = std::jthread([&] {
        for (int i = 0; i < kWakes; ++i) {
          pushed.fetch_add(1);
          waker.wake();
        }
      });
    }
    ASSERT_TRUE(loop.until([&] { return seen == kThreads * kWakes; }));
  }
}

TEST(EventLoop, RunsUntilStoppedAndMayRunAgain) {
  Loop loop;
  for (int round = 0; round < 2; ++round) {
    const std::uint64_t laps = loop->laps();
    std::jthread stopper([&] { loop->stop(); });
    loop->run();
    EXPECT_GT(loop->laps() + 1, laps);
  }
}

TEST(EventLoop, WatchesADescriptorAndClosesIt) {
  Loop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
  std::string text;
  auto watcher = FdWatcher::watch(*loop, ends[0], [&] {
    char byte = 0;
    if (::read(ends[0], &byte, 1) == 1) text += byte;
  });
  ASSERT_TRUE(watcher);
  ASSERT_EQ(::write(ends[1], "hello", 5), 5);
  ASSERT_TRUE(loop.until([&] { return text.size() == 5; }));
  EXPECT_EQ(text, "hello");
  watcher.value().reset();
  EXPECT_TRUE(loop.until([&] { return ::write(ends[1], "x", 1) < 0 && errno == EPIPE; }));
  ::close(ends[1]);
}

TEST(EventLoop, LetsAWatcherBeDestroyedInItsOwnCallback) {
  Loop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
  std::unique_ptr<FdWatcher> watcher;
  bool ran = false;
  auto watched = FdWatcher::watch(*loop, ends[0], [&] {
    watcher.reset();
    ran = true;
  });
  ASSERT_TRUE(watched);
  watcher = std::move(watched).value();
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  ASSERT_TRUE(loop.until([&] { return ran; }));
  ::close(ends[1]);
}

// A loop with nothing to do must sleep: on a gateway that is most of its life.
TEST(EventLoop, DoesNotTurnWhileNothingHappens) {
  Loop loop;
  TestServer server(loop);
  Recorder client;
  connect(loop, client, server.url("ws"));
  ASSERT_TRUE(loop.until([&] { return client.opened && !server.sockets.empty(); }));
  loop->run_once(50ms);  // what the handshake left behind

  Timer end(*loop, [&] { loop->stop(); });
  end.start_after(1500ms);
  rusage before{};
  ::getrusage(RUSAGE_THREAD, &before);
  const std::uint64_t laps = loop->laps();
  loop->run();
  rusage after{};
  ::getrusage(RUSAGE_THREAD, &after);
  EXPECT_LE(loop->laps() - laps, 6U);
  EXPECT_LE(after.ru_nvcsw - before.ru_nvcsw, 8);
}

}  // namespace
}  // namespace webpubsub::net::testing
