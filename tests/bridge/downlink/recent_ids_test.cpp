#include "bridge/downlink/recent_ids.h"

#include <map>

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;

class Memory final : public IdStore {
 public:
  std::vector<Entry> load() override {
    std::vector<Entry> entries;
    for (const auto& [key, until] : kept) entries.push_back({key, until});
    return entries;
  }
  void put(const Entry& entry) override { kept[entry.key] = entry.until; }
  void remove(const std::string& key) override { kept.erase(key); }
  std::map<std::string, std::int64_t> kept{};
};

RecentIds::Now at(std::chrono::milliseconds time) {
  return {.steady = webpubsub::TimePoint(time),
          .wall = webpubsub::WallTime(std::chrono::milliseconds(1'795'000'000'000) + time)};
}

TEST(RecentIds, KnowsAnIdOfARuleForAsLongAsItIsTold) {
  RecentIds ids;
  EXPECT_TRUE(ids.add("set", "1", 10s, at(0s)));
  EXPECT_FALSE(ids.add("set", "1", 10s, at(9s)));
  EXPECT_TRUE(ids.add("get", "1", 10s, at(9s))) << "rules have ids of their own";
  EXPECT_TRUE(ids.add("set", "1", 10s, at(10s)));
  ids.remove("set", "1");
  EXPECT_TRUE(ids.add("set", "1", 10s, at(10s)));
}

TEST(RecentIds, ForgetsInOrderOfTime) {
  RecentIds ids;
  EXPECT_TRUE(ids.add("slow", "1", 1h, at(0s)));
  EXPECT_TRUE(ids.add("fast", "1", 1s, at(0s)));
  EXPECT_TRUE(ids.add("fast", "2", 2s, at(0s)));
  EXPECT_TRUE(ids.add("fast", "1", 1s, at(1500ms)));
  EXPECT_FALSE(ids.add("fast", "2", 1s, at(1500ms)));
  EXPECT_FALSE(ids.add("slow", "1", 1h, at(30min)));
  EXPECT_EQ(ids.size(), 1U);
}

TEST(RecentIds, AreBounded) {
  RecentIds ids(100);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(ids.add("set", std::to_string(i), 1h, at(0s)));
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(ids.forgotten(), 900U);
  EXPECT_FALSE(ids.add("set", "999", 1h, at(0s)));
}

TEST(RecentIds, AStoreThatOpensLateIsReadAndToldWhatItMissed) {
  Memory memory;
  memory.kept["set before"] = webpubsub::unix_milliseconds(at(1h).wall);
  RecentIds ids;
  EXPECT_TRUE(ids.add("set", "since", 1h, at(0s)));
  ids.use(memory, at(1min));
  EXPECT_FALSE(ids.add("set", "before", 1h, at(1min)));
  EXPECT_FALSE(ids.add("set", "since", 1h, at(1min)));
  ASSERT_TRUE(memory.kept.contains("set since"));
  EXPECT_EQ(memory.kept.at("set since"), webpubsub::unix_milliseconds(at(1h).wall));
}

TEST(RecentIds, OutliveTheProcess) {
  Memory memory;
  {
    RecentIds ids;
    ids.use(memory, at(0s));
    EXPECT_TRUE(ids.add("set", "1", 1h, at(0s)));
    EXPECT_TRUE(ids.add("set", "2", 1s, at(0s)));
    EXPECT_TRUE(ids.add("set", "3", 1h, at(0s)));
    ids.remove("set", "3");
  }
  RecentIds again;
  again.use(memory, at(1min));
  EXPECT_FALSE(again.add("set", "1", 1h, at(1min)));
  EXPECT_TRUE(again.add("set", "2", 1h, at(1min)));
  EXPECT_TRUE(again.add("set", "3", 1h, at(1min)));
  EXPECT_EQ(memory.kept.size(), 3U);
}

TEST(RecentIds, AreKeptWhenTheClockJumps) {
  Memory memory;
  RecentIds ids;
  ids.use(memory, at(0s));
  const RecentIds::Now unset{.steady = webpubsub::TimePoint(1s), .wall = webpubsub::WallTime(5s)};
  EXPECT_TRUE(ids.add("set", "1", 1h, unset));
  EXPECT_FALSE(ids.add("set", "1", 1h, at(2s))) << "the clock was set meanwhile";
}

}  // namespace
}  // namespace gateway
