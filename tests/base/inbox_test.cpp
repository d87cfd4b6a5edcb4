#include "base/inbox.h"

#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

TEST(Inbox, WakesOncePerBurst) {
  int wakes = 0;
  Inbox<int> inbox(10, [&] { ++wakes; });
  std::vector<int> items;
  EXPECT_TRUE(inbox.push(1));
  EXPECT_TRUE(inbox.push(2));
  EXPECT_EQ(wakes, 1);
  inbox.drain(items);
  EXPECT_EQ(items, (std::vector{1, 2}));
  EXPECT_TRUE(inbox.push(3));
  EXPECT_EQ(wakes, 2);
  inbox.drain(items);
  EXPECT_EQ(items, std::vector{3});
  inbox.drain(items);
  EXPECT_TRUE(items.empty());
}

TEST(Inbox, RefusesAndCountsWhatIsTooMuch) {
  Inbox<std::string> inbox(2, [] {});
  EXPECT_TRUE(inbox.push("a"));
  EXPECT_TRUE(inbox.push("b"));
  EXPECT_FALSE(inbox.push("c"));
  EXPECT_FALSE(inbox.push("d"));
  EXPECT_EQ(inbox.refused(), 2U);
  std::vector<std::string> items;
  inbox.drain(items);
  EXPECT_EQ(items.size(), 2U);
  EXPECT_TRUE(inbox.push("e"));
}

TEST(Inbox, LosesNothingBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kItems = 5000;
  std::atomic<int> wakes{0};
  Inbox<int> inbox(kThreads * kItems, [&] { wakes.fetch_add(1); });
  std::array<int, kThreads> next{};
  std::vector<int> items;
  int received = 0;
  {
    std::array<std::jthread, kThreads> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads[static_cast<std::size_t>(t)] = std::jthread([&inbox, t] {
        for (int i = 0; i < kItems; ++i) {
          while (!inbox.push(t * kItems + i)) std::this_thread::yield();
        }
      });
    }
    while (received < kThreads * kItems) {
      inbox.drain(items);
      for (const int item : items) {
        EXPECT_EQ(item % kItems, next[static_cast<std::size_t>(item / kItems)]++);
      }
      received += static_cast<int>(items.size());
    }
  }
  EXPECT_GE(wakes.load(), 1);
  EXPECT_EQ(inbox.refused(), 0U);
}

}  // namespace
}  // namespace webpubsub
