#include "bridge/uplink/outbox.h"

#include <gmock/gmock.h>

namespace gateway {
namespace {

using testing::ElementsAre;
using webpubsub::Completion;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Offer;

/// A link that keeps the completions, so that a test decides what becomes of each send.
class OutboxTest : public testing::Test {
 protected:
  static Batch batch(const std::string& text, Priority priority = Priority::Normal,
                     std::uint32_t rule = 0) {
    Batch made;
    made.priority = priority;
    made.rule = rule;
    made.bytes = text;
    made.samples = 1;
    return made;
  }

  Outbox make(Outbox::Limits limits) {
    return Outbox(
        limits,
        {.may_leave = [this](const Batch& next) { return next.priority < held_from; },
         .send =
             [this](const Batch& sent, Completion done) {
               if (offer != Offer::Accepted) return offer;
               on_wire.push_back(sent.bytes);
               completions.push_back(std::move(done));
               return Offer::Accepted;
             },
         .forwarded = [this](const Batch& done) { forwarded.push_back(done.bytes); },
         .dropped = [this](const Batch& lost, DropReason) { dropped.push_back(lost.bytes); },
         .put_back = [this](const Error&) { ++put_back; },
         .ready = [this] { ++ready; }},
        buffers);
  }

  std::uint64_t pending(const Outbox& outbox) {
    std::vector<RuleCounts> rules(1);
    outbox.add_pending(rules);
    return rules[0].pending;
  }

  void end(std::size_t index, webpubsub::Result<void> outcome) {
    completions[index](std::move(outcome));
  }

  Offer offer = Offer::Accepted;
  Priority held_from{kPriorities};
  std::vector<std::string> on_wire;
  std::vector<Completion> completions;
  std::vector<std::string> forwarded;
  std::vector<std::string> dropped;
  int put_back = 0;
  int ready = 0;
  BufferPool buffers;
};

TEST_F(OutboxTest, SendsInOrderAndForgetsWhatIsDone) {
  auto outbox = make({});
  for (const char* text : {"a", "b", "c"}) outbox.push(batch(text));
  outbox.send();
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "b", "c"));
  end(1, {});
  EXPECT_EQ(pending(outbox), 2U);
  end(0, {});
  end(2, {});
  EXPECT_THAT(forwarded, ElementsAre("b", "a", "c"));
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST_F(OutboxTest, PutsBackInOrderWhatTheLinkLost) {
  auto outbox = make({});
  for (const char* text : {"a", "b", "c"}) outbox.push(batch(text));
  outbox.send();
  end(1, {});
  offer = Offer::Offline;
  end(2, Error{Errc::Unavailable, "gone", 0});
  end(0, Error{Errc::Unavailable, "gone", 0});
  outbox.push(batch("d"));
  outbox.send();
  EXPECT_EQ(put_back, 2);
  offer = Offer::Accepted;
  on_wire.clear();
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "c", "d"));
}

TEST_F(OutboxTest, KeepsWithinItsWindow) {
  auto outbox = make({.window = 2});
  for (const char* text : {"a", "b", "c"}) outbox.push(batch(text));
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "b"));
  end(0, {});
  EXPECT_EQ(ready, 1);
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "b", "c"));
}

TEST_F(OutboxTest, DropsTheOldestThatWaitAndNothingOnTheWire) {
  auto outbox = make({.max_batches = 3, .window = 1});
  for (const char* text : {"a", "b", "c"}) outbox.push(batch(text));
  outbox.send();
  for (const char* text : {"d", "e"}) outbox.push(batch(text));
  EXPECT_THAT(dropped, ElementsAre("b", "c"));
  EXPECT_EQ(pending(outbox), 3U);
  end(0, {});
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "d"));
}

TEST_F(OutboxTest, TheHigherPrioritiesLeaveFirstAndGoOnWhileOthersWait) {
  auto outbox = make({});
  held_from = Priority::Low;
  outbox.push(batch("low", Priority::Low));
  outbox.push(batch("normal"));
  outbox.push(batch("high", Priority::High));
  outbox.push(batch("low too", Priority::Low));
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("high", "normal"));
  held_from = Priority::High;
  outbox.push(batch("high too", Priority::High));
  outbox.send();
  held_from = Priority{kPriorities};
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("high", "normal", "high too", "low", "low too"));
  EXPECT_EQ(pending(outbox), 5U);
}

TEST_F(OutboxTest, TheLowestPriorityMakesRoom) {
  auto outbox = make({.max_batches = 3});
  offer = Offer::Offline;
  outbox.push(batch("high", Priority::High));
  outbox.push(batch("low", Priority::Low));
  outbox.push(batch("low too", Priority::Low));
  outbox.push(batch("normal"));
  outbox.push(batch("normal too"));
  EXPECT_THAT(dropped, ElementsAre("low", "low too"));
  outbox.push(batch("high too", Priority::High));
  EXPECT_THAT(dropped, ElementsAre("low", "low too", "normal"));
  outbox.push(batch("lowest", Priority::Low));
  EXPECT_THAT(dropped, ElementsAre("low", "low too", "normal", "lowest"));
  offer = Offer::Accepted;
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("high", "high too", "normal too"));
}

TEST_F(OutboxTest, PutBackBatchesKeepTheirPlaceInTheirPriority) {
  auto outbox = make({});
  outbox.push(batch("a"));
  outbox.push(batch("h", Priority::High));
  outbox.push(batch("b"));
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("h", "a", "b"));
  offer = Offer::Offline;
  for (std::size_t i = 0; i < 3; ++i) end(2 - i, Error{Errc::Unavailable, "gone", 0});
  offer = Offer::Accepted;
  on_wire.clear();
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("h", "a", "b"));
}

TEST_F(OutboxTest, BoundsItsBytes) {
  auto outbox = make({.max_bytes = 2'000});
  offer = Offer::Offline;
  for (int i = 0; i < 50; ++i) outbox.push(batch(std::string(30, 'x')));
  EXPECT_LE(outbox.bytes(), 2'000U);
  EXPECT_GT(pending(outbox), 2U);
  EXPECT_EQ(dropped.size() + pending(outbox), 50U);
}

TEST_F(OutboxTest, DropsWhatTheServiceRefusesForGood) {
  auto outbox = make({});
  outbox.push(batch("a"));
  outbox.send();
  end(0, Error{Errc::Unauthorized, "Forbidden", 0});
  EXPECT_THAT(dropped, ElementsAre("a"));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxTest, TriesAgainAfterATimeout) {
  auto outbox = make({});
  outbox.push(batch("a"));
  outbox.send();
  end(0, Error{Errc::Timeout, "no ack", 0});
  EXPECT_EQ(ready, 1);
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "a"));
}

TEST_F(OutboxTest, AnOutcomeAfterItsEndIsHarmless) {
  {
    auto outbox = make({});
    outbox.push(batch("a"));
    outbox.send();
    outbox.drop_all(DropReason::Stopped);
    EXPECT_THAT(dropped, ElementsAre("a"));
    end(0, {});
    EXPECT_TRUE(forwarded.empty());
  }
  end(0, {});
}

}  // namespace
}  // namespace gateway
