// Queues that block: nothing is dropped, and they say when no more is to come.

#include <gtest/gtest.h>

#include "bridge/store/spool.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using Append = SpoolQueue::Append;
using Limit = SpoolQueue::Limit;

constexpr std::uint64_t kBeyond = 1024 * 1024;

class SpoolRoomTest : public testing::Test {
 protected:
  SpoolRoomTest() {
    EXPECT_FALSE(database_.open());
    spool_.set_max_bytes(64 * kBeyond);
    spool_.load(false, 0);
    queue_ = spool_.queue("climate");
  }
  Append append(std::size_t bytes = 10) {
    return queue_->append("d/1", std::string(bytes, 'x'), 1, 1, false);
  }
  void settle(std::size_t count) {
    queue_->read(SpoolQueue::Part::All, {count, 1'000'000'000},
                 [](const SpooledMessage&) { return std::uint16_t{0}; });
  }

  support::TempFolder folder_;
  Database database_{folder_.file("store")};
  Spool spool_{database_};
  SpoolQueue* queue_ = nullptr;
};

TEST_F(SpoolRoomTest, SaysThatItIsFullAndStoresWhatComesAllTheSame) {
  queue_->set_limits({.max_messages = 20, .drop_oldest = false, .blocks = true});
  for (int i = 1; i < 20; ++i) ASSERT_EQ(append(), Append::Stored);
  EXPECT_EQ(queue_->reached(), Limit::None);
  EXPECT_EQ(append(), Append::StoredLast);
  EXPECT_EQ(queue_->reached(), Limit::Messages);
  EXPECT_EQ(append(), Append::StoredLast);
  EXPECT_EQ(queue_->counts().pending, 21U);
  EXPECT_EQ(queue_->counts().refused, 0U);
}

TEST_F(SpoolRoomTest, HasRoomOnceATenthIsFree) {
  queue_->set_limits({.max_messages = 20, .drop_oldest = false, .blocks = true});
  for (int i = 0; i < 20; ++i) static_cast<void>(append());
  settle(1);
  EXPECT_EQ(queue_->reached(), Limit::None);
  EXPECT_EQ(queue_->near(), Limit::Messages);
  settle(1);
  EXPECT_EQ(queue_->near(), Limit::None);
  EXPECT_EQ(append(), Append::Stored);
}

TEST_F(SpoolRoomTest, AQueueOfOneHasRoomWhenItIsEmpty) {
  queue_->set_limits({.max_messages = 1, .drop_oldest = false, .blocks = true});
  EXPECT_EQ(queue_->near(), Limit::None);
  EXPECT_EQ(append(), Append::StoredLast);
  EXPECT_EQ(queue_->near(), Limit::Messages);
  settle(1);
  EXPECT_EQ(queue_->near(), Limit::None);
}

TEST_F(SpoolRoomTest, TakesAMebibyteBeyondItsLimitAndNoMore) {
  queue_->set_limits({.max_bytes = 10'000, .drop_oldest = false, .blocks = true});
  auto last = Append::Stored;
  for (int i = 0; i < 2'000 && last != Append::Beyond; ++i) last = append(1'000);
  EXPECT_EQ(last, Append::Beyond);
  EXPECT_EQ(queue_->reached(), Limit::Bytes);
  const auto bytes = queue_->counts().bytes;
  EXPECT_GT(bytes, kBeyond);
  EXPECT_LT(bytes, kBeyond + 15'000);
  // The next time as well.
  settle(10'000);
  EXPECT_EQ(append(), Append::Stored);
  for (int i = 0; i < 20; ++i) last = append(1'000);
  EXPECT_EQ(last, Append::StoredLast);
}

TEST_F(SpoolRoomTest, AMessageThatIsLargerThanItsQueueIsStored) {
  queue_->set_limits({.max_bytes = 1'024, .drop_oldest = false, .blocks = true});
  EXPECT_EQ(append(kBeyond), Append::StoredLast);
}

TEST_F(SpoolRoomTest, LeavesAPartOfTheStoreToOthers) {
  queue_->set_limits({.drop_oldest = false, .blocks = true});
  spool_.set_max_bytes(16 * kBeyond);
  auto last = Append::Stored;
  for (int i = 0; i < 20 && last == Append::Stored; ++i) last = append(kBeyond);
  EXPECT_EQ(last, Append::StoredLast);
  EXPECT_EQ(queue_->reached(), Limit::Store);
  EXPECT_LE(spool_.bytes(), 15 * kBeyond + kBeyond);
  auto* other = spool_.queue("machines");
  EXPECT_EQ(other->append("m", "x", 1, 1, false), Append::Stored);
}

TEST_F(SpoolRoomTest, HasNoneOnADiskThatTakesNothing) {
  queue_->set_limits({.drop_oldest = false, .blocks = true});
  database_.close();
  EXPECT_EQ(append(), Append::Unusable);
  EXPECT_EQ(queue_->reached(), Limit::Disk);
  EXPECT_EQ(queue_->near(), Limit::Disk);
}

}  // namespace
}  // namespace gateway
