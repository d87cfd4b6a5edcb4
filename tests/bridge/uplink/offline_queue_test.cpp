#include "bridge/uplink/offline_queue.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using webpubsub::TimePoint;
using Keep = OfflineOptions::Keep;
using Overflow = OfflineOptions::Overflow;

class Waiting : public testing::Test {
 protected:
  void make(const OfflineOptions& options) { queue_.emplace(options); }

  void push(std::string_view key, std::string_view payload, TimePoint arrived = {}) {
    queue_->push({.arrived = arrived, .topic = key, .payload = payload}, key, drop_);
  }

  std::vector<std::string> take(std::size_t most = 100) {
    std::vector<std::string> payloads;
    queue_->take(most, [&](const Reading& reading) {
      EXPECT_TRUE(reading.waited);
      payloads.emplace_back(reading.payload);
    });
    return payloads;
  }

  std::optional<OfflineQueue> queue_{};
  std::map<DropReason, std::uint64_t> dropped_{};
  const OfflineQueue::Drop drop_ = [this](DropReason reason, std::uint64_t count) {
    dropped_[reason] += count;
  };
};

TEST_F(Waiting, KeepsOrderOrTurnsItRound) {
  make({.keep = Keep::OldestFirst});
  for (const auto* text : {"1", "2", "3"}) push("a", text);
  EXPECT_THAT(take(2), ElementsAre("1", "2"));
  EXPECT_EQ(queue_->size(), 1U);
  make({.keep = Keep::NewestFirst});
  for (const auto* text : {"1", "2", "3"}) push("a", text);
  EXPECT_THAT(take(), ElementsAre("3", "2", "1"));
  EXPECT_THAT(dropped_, IsEmpty());
}

TEST_F(Waiting, KeepsTheLatestOfEachKey) {
  make({.keep = Keep::Latest});
  push("a", "1");
  push("b", "2");
  push("a", "3");
  EXPECT_EQ(queue_->size(), 2U);
  EXPECT_THAT(take(), ElementsAre("2", "3"));
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::Superseded, 1U)));
}

TEST_F(Waiting, WhatAFreshOneStandsForIsNotSentAfterIt) {
  make({.keep = Keep::Latest});
  push("a", "1");
  push("b", "2");
  queue_->supersede("a", drop_);
  queue_->supersede("c", drop_);
  EXPECT_THAT(take(), ElementsAre("2"));
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::Superseded, 1U)));
}

TEST_F(Waiting, KeepsNone) {
  make({.keep = Keep::None});
  push("a", "1");
  EXPECT_TRUE(queue_->empty());
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::Offline, 1U)));
}

TEST_F(Waiting, WhenFullTheOldestOrTheNewestGo) {
  make({.keep = Keep::OldestFirst, .max_messages = 2});
  for (const auto* text : {"1", "2", "3"}) push("a", text);
  EXPECT_THAT(take(), ElementsAre("2", "3"));
  make({.keep = Keep::OldestFirst, .max_messages = 2, .overflow = Overflow::DropNewest});
  for (const auto* text : {"1", "2", "3"}) push("a", text);
  EXPECT_THAT(take(), ElementsAre("1", "2"));
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::OfflineFull, 2U)));
}

TEST_F(Waiting, WhenFullAnOlderOneOfTheSameKeyGoesFirst) {
  make({.keep = Keep::OldestFirst, .max_messages = 3, .overflow = Overflow::Latest});
  push("a", "1");
  push("b", "2");
  push("b", "3");
  push("b", "4");  // for 2
  push("c", "5");  // for 1, the oldest: there is no other of its key
  EXPECT_THAT(take(), ElementsAre("3", "4", "5"));
  EXPECT_THAT(dropped_,
              ElementsAre(Pair(DropReason::OfflineFull, 1U), Pair(DropReason::Superseded, 1U)));
}

TEST_F(Waiting, BytesHaveALimitAndWhatIsLargerThanThatNeverFits) {
  make({.keep = Keep::OldestFirst, .max_bytes = 8});
  push("a", "123");
  push("a", "456");
  push("a", "789");
  EXPECT_EQ(queue_->bytes(), 8U);
  EXPECT_THAT(take(), ElementsAre("456", "789"));
  EXPECT_EQ(queue_->bytes(), 0U);
  push("a", "123456789");
  EXPECT_TRUE(queue_->empty());
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::OfflineFull, 2U)));
}

TEST_F(Waiting, WhatNeverFitsMakesNobodyGiveWay) {
  for (const auto overflow : {Overflow::DropOldest, Overflow::DropNewest, Overflow::Latest}) {
    dropped_.clear();
    make({.keep = Keep::Latest, .max_bytes = 8, .overflow = overflow});
    push("a", "123");
    push("b", "456");
    push("a", "123456789");
    EXPECT_THAT(take(), ElementsAre("123", "456"));
    EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::OfflineFull, 1U)));
  }
}

TEST_F(Waiting, ALaterOneReplacesItsOwnWhereTheNewestAreDropped) {
  make({.keep = Keep::Latest, .max_messages = 2, .max_bytes = 8, .overflow = Overflow::DropNewest});
  push("a", "123");
  push("b", "45");
  push("a", "6");
  push("c", "7");       // one too many
  push("b", "890123");  // too large beside the other
  EXPECT_THAT(take(), ElementsAre("45", "6"));
  EXPECT_THAT(dropped_,
              ElementsAre(Pair(DropReason::OfflineFull, 2U), Pair(DropReason::Superseded, 1U)));
}

TEST_F(Waiting, WhatIsTooOldExpires) {
  make({.keep = Keep::OldestFirst, .max_age = 10s});
  const TimePoint start{1000s};
  push("a", "1", start);
  push("a", "2", start + 5s);
  EXPECT_EQ(queue_->next_expiry(), start + 10s);
  queue_->expire(start + 10s, drop_);
  EXPECT_EQ(queue_->next_expiry(), start + 15s);
  EXPECT_THAT(take(), ElementsAre("2"));
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::Expired, 1U)));
  EXPECT_EQ(queue_->next_expiry(), TimePoint::max());
}

TEST_F(Waiting, MakesWayAsItsOverflowSays) {
  make({.keep = Keep::OldestFirst});
  for (const auto* text : {"1", "2", "3"}) push("a", text);
  queue_->give_way(drop_);
  EXPECT_THAT(take(), ElementsAre("2", "3"));
  make({.keep = Keep::OldestFirst, .overflow = Overflow::DropNewest});
  for (const auto* text : {"1", "2", "3"}) push("a", text);
  queue_->give_way(drop_);
  EXPECT_THAT(take(), ElementsAre("1", "2"));
}

TEST_F(Waiting, AnEmptyOneTakesNoMemory) {
  make({.keep = Keep::Latest});
  for (int i = 0; i < 100; ++i) push("device-" + std::to_string(i), "1");
  EXPECT_GT(queue_->memory(), 100 * (queue_->bytes() / 100 + 100));
  take(40);
  queue_->drop_all(DropReason::Stopped, drop_);
  EXPECT_EQ(queue_->memory(), 0U);
  EXPECT_EQ(queue_->bytes(), 0U);
  EXPECT_THAT(dropped_, ElementsAre(Pair(DropReason::Stopped, 60U)));
}

}  // namespace
}  // namespace gateway
