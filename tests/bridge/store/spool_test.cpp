#include "bridge/store/spool.h"

#include <gmock/gmock.h>

#include "bridge/store/keys.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Append = SpoolQueue::Append;
using Part = SpoolQueue::Part;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr SpoolQueue::Amount kAll{1'000'000, 1'000'000'000};

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { start(); }

  void start(bool repaired = false) {
    database_ = std::make_unique<Database>(folder_.file("store"));
    ASSERT_FALSE(database_->open());
    spool_ = std::make_unique<Spool>(*database_);
    spool_->set_max_bytes(1'000'000);
    spool_->load(repaired, 0);
    queue_ = spool_->queue("climate");
    ASSERT_NE(queue_, nullptr);
  }

  /// As if the process had been killed and started again: nothing is written on the way.
  void restart(bool repaired = false) {
    spool_.reset();
    database_.reset();
    start(repaired);
  }

  void append(const std::string& payload) {
    ASSERT_EQ(queue_->append("d/1", payload, ++time_, 1, false), Append::Stored);
  }
  void append_many(int count) {
    for (int i = 0; i < count; ++i) append(std::to_string(++payload_));
  }

  /// What is read, each message held by `holds` batches.
  std::vector<std::string> read(Part part = Part::All, SpoolQueue::Amount amount = kAll,
                                std::uint16_t holds = 1) {
    std::vector<std::string> payloads;
    queue_->read(part, amount, [&](const SpooledMessage& message) {
      payloads.emplace_back(message.message.payload);
      sequences_.push_back(message.sequence);
      return holds;
    });
    return payloads;
  }

  support::TempFolder folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Spool> spool_;
  SpoolQueue* queue_ = nullptr;
  std::int64_t time_ = 1'700'000'000'000;
  int payload_ = 0;
  std::vector<std::uint64_t> sequences_;  // of what was read
};

TEST_F(SpoolTest, GivesBackWhatWasAppendedInItsOrder) {
  ASSERT_EQ(queue_->append("a/b", "first", 1'700'000'000'123, 1, false), Append::Stored);
  ASSERT_EQ(queue_->append("a/c", std::string("\0two", 4), -5, 2, true), Append::Stored);
  std::vector<StoredMessage> seen;
  std::vector<std::string> texts;
  queue_->read(Part::All, kAll, [&](const SpooledMessage& message) {
    seen.push_back(message.message);
    texts.push_back(std::string(message.message.topic) + "=" +
                    std::string(message.message.payload));
    return std::uint16_t{1};
  });
  EXPECT_THAT(texts, ElementsAre("a/b=first", std::string("a/c=\0two", 8)));
  EXPECT_EQ(seen[0].time, 1'700'000'000'123);
  EXPECT_EQ(seen[0].qos, 1);
  EXPECT_FALSE(seen[0].retained);
  EXPECT_EQ(seen[1].time, -5);
  EXPECT_EQ(seen[1].qos, 2);
  EXPECT_TRUE(seen[1].retained);
  EXPECT_FALSE(queue_->has_unread(Part::All));
}

TEST_F(SpoolTest, ReadsInPieces) {
  append_many(5);
  EXPECT_THAT(read(Part::All, {2, 1'000}), ElementsAre("1", "2"));
  EXPECT_THAT(read(Part::All, {10, 1}), ElementsAre("3"));
  EXPECT_TRUE(queue_->has_unread(Part::All));
  EXPECT_THAT(read(), ElementsAre("4", "5"));
}

TEST_F(SpoolTest, ForgetsWhatIsSettledAndNothingElse) {
  append_many(4);
  read();
  queue_->settle_batch("g", 1, {sequences_[0], sequences_[2]});
  EXPECT_EQ(queue_->counts().pending, 2U);
  ASSERT_TRUE(spool_->commit());
  restart();
  EXPECT_EQ(queue_->counts().pending, 2U);
  EXPECT_EQ(queue_->counts().restored, 2U);
  EXPECT_THAT(read(), ElementsAre("2", "4"));
  EXPECT_EQ(queue_->counts().lost, 0U);
}

TEST_F(SpoolTest, WhatNoBatchHoldsIsSettledAtOnce) {
  append_many(3);
  read(Part::All, kAll, 0);
  EXPECT_EQ(queue_->counts().pending, 0U);
  EXPECT_EQ(queue_->counts().bytes, 0U);
  EXPECT_EQ(spool_->bytes(), 0U);
  ASSERT_TRUE(spool_->commit());
  restart();
  EXPECT_FALSE(queue_->has_unread(Part::All));
  append("next");
  EXPECT_THAT(read(), ElementsAre("next"));
}

TEST_F(SpoolTest, AMessageInTwoBatchesWaitsForBoth) {
  append_many(1);
  read(Part::All, kAll, 2);
  queue_->settle_batch("a", 1, {sequences_[0]});
  EXPECT_EQ(queue_->counts().pending, 1U);
  queue_->settle_batch("b", 1, {sequences_[0]});
  EXPECT_EQ(queue_->counts().pending, 0U);
}

TEST_F(SpoolTest, WhatWasNotCommittedIsThereAgain) {
  append_many(3);
  read();
  queue_->settle_batch("g", 1, sequences_);
  restart();
  EXPECT_THAT(read(), ElementsAre("1", "2", "3"));
}

TEST_F(SpoolTest, RemembersWhichMessagesAreInABatchThatMayHaveBeenSent) {
  append_many(5);
  read(Part::All, {3, 1'000});
  queue_->note_batch("site-a", 7, {sequences_[0], sequences_[2]});
  ASSERT_TRUE(spool_->commit());
  restart();
  const auto unfinished = queue_->take_unfinished();
  ASSERT_EQ(unfinished.size(), 1U);
  EXPECT_EQ(unfinished[0].group, "site-a");
  EXPECT_EQ(unfinished[0].sequence, 7U);
  EXPECT_EQ(unfinished[0].messages.size(), 2U);
  // Its messages are in it and nowhere else.
  EXPECT_THAT(read(), ElementsAre("2", "4", "5"));
  EXPECT_EQ(queue_->counts().pending, 5U);
  const auto stored = queue_->stored(unfinished[0].messages[1]);
  ASSERT_TRUE(stored);
  EXPECT_EQ(decode_message(*stored)->payload, "3");
  queue_->settle_batch("site-a", 7, unfinished[0].messages);
  EXPECT_EQ(queue_->counts().pending, 3U);
  ASSERT_TRUE(spool_->commit());
  restart();
  EXPECT_THAT(queue_->take_unfinished(), IsEmpty());
  EXPECT_EQ(queue_->sequences().at("site-a"), 7U);
  EXPECT_THAT(read(), ElementsAre("2", "4", "5"));
}

TEST_F(SpoolTest, NumbersGoOnAfterTheHighestWhateverOrderBatchesAreDoneIn) {
  append_many(3);
  read();
  for (const auto number : {5U, 6U, 7U}) queue_->note_batch("g", number, {sequences_[number - 5]});
  queue_->settle_batch("g", 7, {sequences_[2]});
  queue_->settle_batch("g", 5, {sequences_[0]});
  ASSERT_TRUE(spool_->commit());
  restart();
  EXPECT_EQ(queue_->sequences().at("g"), 7U);
  queue_->note_batch("g", 6, {sequences_[1]});
  queue_->settle_batch("g", 6, {sequences_[1]});
  ASSERT_TRUE(spool_->commit());
  restart();
  EXPECT_EQ(queue_->sequences().at("g"), 7U);
}

TEST_F(SpoolTest, CountsABacklogWithoutWalkingIt) {
  append_many(100);
  read(Part::All, {10, 1'000'000});
  queue_->settle_batch("g", 1, {sequences_[1], sequences_[3]});
  ASSERT_TRUE(spool_->commit());
  const auto before = queue_->counts();
  restart();
  const auto after = queue_->counts();
  EXPECT_EQ(after.pending, 98U);
  EXPECT_EQ(after.bytes, before.bytes);
  EXPECT_EQ(spool_->bytes(), before.bytes);
}

TEST_F(SpoolTest, ReadsWhatIsFreshApartFromTheBacklog) {
  append_many(4);
  queue_->begin_live();
  append("fresh");
  EXPECT_THAT(read(Part::Live), ElementsAre("fresh"));
  EXPECT_THAT(read(Part::Backlog, {1, 1'000}), ElementsAre("1"));
  queue_->settle_batch("g", 1, {sequences_[0]});  // the fresh one
  ASSERT_TRUE(spool_->commit());
  restart();
  EXPECT_EQ(queue_->counts().pending, 4U);
  EXPECT_EQ(queue_->counts().lost, 0U);
  append("fresher");
  EXPECT_THAT(read(), ElementsAre("1", "2", "3", "4", "fresher"));
}

TEST_F(SpoolTest, ABacklogThatIsDoneIsNoPartAnyMore) {
  append_many(2);
  queue_->begin_live();
  append("fresh");
  read(Part::Backlog, kAll, 0);
  EXPECT_FALSE(queue_->has_unread(Part::Backlog));
  EXPECT_THAT(read(Part::All), ElementsAre("fresh"));
}

TEST_F(SpoolTest, RefusesTheNewestWhenFullIfToldTo) {
  queue_->set_limits({.max_messages = 2, .drop_oldest = false});
  append_many(2);
  EXPECT_EQ(queue_->append("d/1", "3", 1, 1, false), Append::Full);
  EXPECT_EQ(queue_->counts().refused, 1U);
  EXPECT_THAT(read(Part::All, kAll, 0), ElementsAre("1", "2"));
  EXPECT_EQ(queue_->append("d/1", "4", 1, 1, false), Append::Stored);
}

TEST_F(SpoolTest, DropsTheOldestWhenFull) {
  queue_->set_limits({.max_messages = 100});
  append_many(105);
  EXPECT_FALSE(queue_->trim_full());
  const auto counts = queue_->counts();
  EXPECT_LE(counts.pending, 100U);
  EXPECT_GE(counts.pending, 60U);
  EXPECT_EQ(counts.dropped + counts.pending, 105U);
  EXPECT_EQ(read().back(), "105");
}

TEST_F(SpoolTest, KeepsAllQueuesTogetherUnderTheQuota) {
  spool_->set_max_bytes(10'000);
  while (queue_->append("d/1", std::string(100, 'x'), 1, 1, false) == Append::Stored) {
    ASSERT_LT(spool_->bytes(), 11'000U);
  }
  EXPECT_GT(spool_->bytes(), 10'000U);
  auto* other = spool_->queue("machines");
  EXPECT_EQ(other->append("d/1", std::string(200, 'x'), 1, 1, false), Append::Full);
  queue_->trim_full();
  EXPECT_LE(spool_->bytes(), 10'000U);
}

TEST_F(SpoolTest, DropsWhatIsTooOldAndOnlyThat) {
  queue_->set_limits({.max_age = 1h});
  append_many(3);
  EXPECT_FALSE(queue_->trim_old(webpubsub::steady_now() + 59min));
  EXPECT_EQ(queue_->counts().expired, 0U);
  EXPECT_FALSE(queue_->trim_old(webpubsub::steady_now() + 61min));
  EXPECT_EQ(queue_->counts().expired, 3U);
  EXPECT_EQ(queue_->counts().pending, 0U);
}

TEST_F(SpoolTest, CountsWhatCannotBeReadAnyMore) {
  append_many(5);
  Changes changes;
  auto cursor = database_->cursor();
  cursor.seek("m");
  ASSERT_TRUE(cursor.valid());
  const std::string first(cursor.key());
  cursor.next();
  changes.erase(cursor.key());
  ASSERT_TRUE(database_->write(changes));
  ASSERT_TRUE(database_->put(first, "", Database::Write::Buffered));
  EXPECT_THAT(read(), ElementsAre("3", "4", "5"));
  const auto counts = queue_->counts();
  EXPECT_EQ(counts.lost, 2U);
  EXPECT_EQ(counts.pending, 3U);
}

TEST_F(SpoolTest, CountsWhatIsThereWhenItWasRepaired) {
  append_many(5);
  {
    auto cursor = database_->cursor();
    cursor.seek("m");
    cursor.next();
    const std::string second(cursor.key());
    Changes changes;
    changes.erase(second);
    ASSERT_TRUE(database_->write(changes));
  }
  restart(true);
  EXPECT_EQ(queue_->counts().pending, 4U);
  EXPECT_THAT(read(Part::All, kAll, 0), ElementsAre("1", "3", "4", "5"));
  EXPECT_EQ(queue_->counts().pending, 0U);
  EXPECT_EQ(queue_->counts().lost, 1U);
}

TEST_F(SpoolTest, KnowsTheQueuesOfRulesThatAreGone) {
  append_many(2);
  restart();
  const auto queues = spool_->queues();
  ASSERT_EQ(queues.size(), 1U);
  EXPECT_EQ(queues[0]->name(), "climate");
  EXPECT_EQ(queues[0]->counts().pending, 2U);
  EXPECT_EQ(queues[0]->purge(queues[0]->end()), 2U);
  EXPECT_EQ(queues[0]->purge(queues[0]->end()), 0U);
}

TEST_F(SpoolTest, APurgeLeavesWhatIsInBatchesAndWhatCameSince) {
  append_many(5);
  EXPECT_THAT(read(Part::All, {2, 1'000}), ElementsAre("1", "2"));
  const auto end = queue_->end();
  append_many(2);
  EXPECT_EQ(queue_->purge(end), 3U);
  EXPECT_EQ(queue_->purge(end), 0U);
  EXPECT_EQ(queue_->counts().purged, 3U);
  EXPECT_EQ(queue_->counts().held, 2U);
  EXPECT_THAT(read(), ElementsAre("6", "7"));
}

TEST_F(SpoolTest, APurgeLooksAtAFewLargeOnesAtATime) {
  for (int i = 0; i < 3; ++i) append(std::string(300'000, 'x'));
  EXPECT_EQ(queue_->purge(queue_->end()), 2U);
  EXPECT_EQ(queue_->purge(queue_->end()), 1U);
}

TEST_F(SpoolTest, EachPassesOverWhatIsForgotten) {
  append_many(4);
  read(Part::All, {2, 1'000}, 0);
  std::vector<std::uint64_t> numbers;
  const auto note = [&](const SpooledMessage& message) {
    numbers.push_back(message.sequence);
    return true;
  };
  queue_->each(0, note);
  queue_->each(3, note);
  EXPECT_THAT(numbers, ElementsAre(3U, 4U, 4U));
}

// 0 stands for a message that is not on disk.
TEST_F(SpoolTest, CountsFromOneWhenARepairLeftNothing) {
  restart(true);
  append_many(2);
  EXPECT_THAT(read(), ElementsAre("1", "2"));
  EXPECT_THAT(sequences_, ElementsAre(1U, 2U));
}

TEST_F(SpoolTest, TellsHowOldTheOldestIs) {
  EXPECT_EQ(queue_->oldest(), std::nullopt);
  const auto before = webpubsub::steady_now();
  append_many(2);
  const auto oldest = queue_->oldest();
  ASSERT_TRUE(oldest);
  EXPECT_GE(*oldest, before - 2ms);
  EXPECT_LE(*oldest, webpubsub::steady_now());
}

TEST_F(SpoolTest, KeepsChangesUntilTheDiskTakesThem) {
  append_many(2);
  read(Part::All, kAll, 0);
  database_->close();
  EXPECT_EQ(queue_->append("d/1", "3", 1, 1, false), Append::Unusable);
  EXPECT_FALSE(spool_->commit());
  ASSERT_FALSE(database_->open());
  EXPECT_TRUE(spool_->commit());
  restart();
  EXPECT_EQ(queue_->counts().pending, 0U);
}

TEST(StoreClock, IsNotMovedByATimeOfDayThatJumps) {
  const auto now = webpubsub::steady_now();
  StoreClock clock(now);
  clock.resume(1'000, 5'000, 6'500);  // one and a half seconds passed meanwhile
  EXPECT_EQ(clock.at(now), 2'500);
  EXPECT_EQ(clock.at(now + 10ms), 2'510);
  EXPECT_EQ(clock.when(2'000), now - 500ms);

  StoreClock woke_up_in_1970(now);
  woke_up_in_1970.resume(1'000, 1'700'000'000'000, 0);
  EXPECT_EQ(woke_up_in_1970.at(now), 1'000);

  StoreClock learned_the_time(now);
  learned_the_time.resume(1'000, 0, 1'700'000'000'000);
  EXPECT_EQ(learned_the_time.at(now), 1'000);
}

}  // namespace
}  // namespace gateway
