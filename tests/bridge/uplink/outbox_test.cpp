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
    made.acknowledged = true;
    return made;
  }
  static Error lost(int code = 1006) { return {Errc::Unavailable, "gone", code}; }

  Outbox make(Outbox::Limits limits) {
    return Outbox(limits,
                  {.may_leave = [this](const Batch& next) { return next.priority < held_from; },
                   .send =
                       [this](const Batch& sent, Completion done) {
                         if (offer != Offer::Accepted) return offer;
                         on_wire.push_back(sent.bytes);
                         completions.push_back(std::move(done));
                         return Offer::Accepted;
                       },
                   .forwarded = [this](const Batch& done) { forwarded.push_back(done.bytes); },
                   .dropped =
                       [this](const Batch& lost, DropReason why) {
                         dropped.push_back(lost.bytes);
                         reasons.push_back(why);
                       },
                   .put_back = [this](const Batch&, const Error&) { ++put_back; },
                   .ready = [this] { ++ready; },
                   .wake = [this](webpubsub::TimePoint time) { wakes.push_back(time); }},
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
  std::vector<DropReason> reasons;
  std::vector<webpubsub::TimePoint> wakes;
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
  end(2, lost(1001));
  end(0, lost(1001));
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
  for (std::size_t i = 0; i < 3; ++i) end(2 - i, lost(1001));
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

TEST_F(OutboxTest, DropsWhatTheServiceCallsInvalid) {
  auto outbox = make({});
  outbox.push(batch("a"));
  outbox.send();
  end(0, Error{Errc::InvalidArgument, "BadRequest", 0});
  EXPECT_THAT(dropped, ElementsAre("a"));
  EXPECT_THAT(reasons, ElementsAre(DropReason::Rejected));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxTest, WaitsBeforeItTriesAgain) {
  auto outbox = make({});
  outbox.push(batch("a"));
  outbox.send();
  const auto before = webpubsub::steady_now();
  end(0, Error{Errc::Timeout, "no ack", 0});
  EXPECT_EQ(ready, 1);
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a"));
  ASSERT_EQ(wakes.size(), 1U);
  EXPECT_GE(wakes[0], before + RuleBackoff::kFirst);
  outbox.end_pauses();
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "a"));
  end(1, {});
  EXPECT_THAT(forwarded, ElementsAre("a"));
}

TEST_F(OutboxTest, WhatFailsForNoReasonThatPassesIsGivenUp) {
  for (const auto code : {Errc::NotFound, Errc::Internal, Errc::Protocol}) {
    auto outbox = make({});
    outbox.push(batch("a"));
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(dropped.empty()) << i;
      outbox.end_pauses();
      outbox.send();
      completions.back()(Error{code, "so it says", 0});
    }
    EXPECT_THAT(reasons, ElementsAre(DropReason::Failed));
    dropped.clear();
    reasons.clear();
  }
}

TEST_F(OutboxTest, TellsWhatHasNoOutcomeYetAndCountsTheAnswers) {
  auto outbox = make({});
  EXPECT_FALSE(outbox.has_due(kPriorities));
  const auto before = webpubsub::steady_now();
  for (const char* text : {"a", "b", "c", "d"}) outbox.push(batch(text));
  EXPECT_TRUE(outbox.has_due(kPriorities));
  EXPECT_FALSE(outbox.has_due(static_cast<std::size_t>(Priority::Normal))) << "it has to wait";
  outbox.send();
  EXPECT_EQ(outbox.unanswered().count, 4U);
  EXPECT_GE(outbox.unanswered().oldest, before);
  EXPECT_TRUE(outbox.has_due(0)) << "it has left";
  end(0, {});
  end(1, Error{Errc::Unauthorized, "Forbidden", 0});
  end(2, lost());
  end(3, Error{Errc::Timeout, "no ack", 0});
  EXPECT_EQ(outbox.answers(), 2U);
  EXPECT_EQ(outbox.unanswered().count, 0U);
  for (int i = 0; i < 6; ++i) {  // each time the pause doubles
    outbox.end_pauses();
    outbox.send();
    completions.back()(Error{Errc::Unauthorized, "Forbidden", 0});
  }
  outbox.send();
  EXPECT_FALSE(outbox.has_due(kPriorities)) << "their rule pauses";
}

TEST_F(OutboxTest, ARefusedRuleKeepsItsOrderAndHoldsUpNoOther) {
  auto outbox = make({.window = 4});
  for (const char* text : {"a", "b"}) outbox.push(batch(text, Priority::Normal, 0));
  outbox.push(batch("c", Priority::Normal, 1));
  outbox.send();
  end(0, Error{Errc::Unauthorized, "Forbidden", 0});
  end(1, Error{Errc::Unauthorized, "Forbidden", 0});
  end(2, {});
  for (int i = 0; i < 1'000; ++i) {
    outbox.push(batch("d", Priority::Normal, 1));
    outbox.send();
    completions.back()({});
  }
  EXPECT_EQ(forwarded.size(), 1'001U);
  EXPECT_EQ(outbox.batches(), 2U);
  EXPECT_EQ(outbox.active_batches(), 0U);
  EXPECT_EQ(outbox.active_bytes(), 0U);
  std::vector<RuleCounts> rules(2);
  outbox.add_refused(rules);
  EXPECT_TRUE(rules[0].refused);
  EXPECT_FALSE(rules[1].refused);
  on_wire.clear();
  outbox.end_pauses();
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a"));  // one tries for all
  completions.back()({});
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "b"));
  EXPECT_TRUE(dropped.empty());
}

TEST_F(OutboxTest, WhatIsRefusedMakesRoomFirst) {
  auto outbox = make({.max_batches = 3});
  outbox.push(batch("a", Priority::High, 0));
  outbox.send();
  end(0, Error{Errc::Unauthorized, "Forbidden", 0});
  outbox.push(batch("b", Priority::High, 0));
  outbox.send();
  offer = Offer::Offline;
  for (const char* text : {"c", "d", "e"}) outbox.push(batch(text, Priority::Low, 1));
  EXPECT_THAT(dropped, ElementsAre("a", "b"));
  EXPECT_EQ(outbox.active_batches(), 3U);
}

TEST_F(OutboxTest, FireAndForgetIsNotKeptForWantOfARole) {
  auto outbox = make({});
  auto made = batch("a");
  made.acknowledged = false;
  outbox.push(std::move(made));
  outbox.send();
  end(0, Error{Errc::Unauthorized, "Forbidden", 0});
  EXPECT_THAT(reasons, ElementsAre(DropReason::Rejected));
}

TEST_F(OutboxTest, AnswersAndClosesOfTheServiceCondemnNobody) {
  auto outbox = make({});
  outbox.push(batch("a"));
  const std::vector<Error> ends{{Errc::Unavailable, "InternalServerError", 0},
                                lost(1000),
                                lost(1001),
                                lost(1008),
                                lost(1012),
                                lost(1013),
                                lost(1014)};
  for (int round = 0; round < 10; ++round) {
    for (const auto& why : ends) {
      outbox.end_pauses();
      outbox.send();
      completions.back()(why);
    }
  }
  EXPECT_EQ(on_wire.size(), 10 * ends.size());
  EXPECT_TRUE(dropped.empty());
}

TEST_F(OutboxTest, OnlyTheHeadIsBlamedAndThenGoesAlone) {
  auto outbox = make({.window = 3});
  for (const char* text : {"a", "b", "c", "d"}) outbox.push(batch(text));
  const auto cut = [&] {
    const auto open = std::exchange(completions, {});
    for (const auto& done : open) done(lost());
  };
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a", "b", "c"));
  cut();
  on_wire.clear();
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("a"));
  cut();
  on_wire.clear();
  // Others have something on the wire: not yet.
  EXPECT_TRUE(outbox.send_suspect(1));
  outbox.send();
  EXPECT_TRUE(on_wire.empty());
  for (int i = 2; i < 5; ++i) {
    EXPECT_TRUE(dropped.empty());
    EXPECT_TRUE(outbox.send_suspect(0));
    EXPECT_TRUE(outbox.send_suspect(1));
    outbox.send();
    cut();
  }
  EXPECT_THAT(on_wire, ElementsAre("a", "a", "a"));
  EXPECT_THAT(dropped, ElementsAre("a"));
  EXPECT_THAT(reasons, ElementsAre(DropReason::Poison));
  // The others were innocent, and go faster and faster.
  on_wire.clear();
  EXPECT_FALSE(outbox.send_suspect(0));
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("b"));
  completions.back()({});
  outbox.send();
  EXPECT_THAT(on_wire, ElementsAre("b", "c", "d"));
}

TEST_F(OutboxTest, AnInnocentHeadIsClearedByItsAcknowledgement) {
  auto outbox = make({});
  outbox.push(batch("a"));
  for (int i = 0; i < 4; ++i) {
    if (!outbox.send_suspect(0)) outbox.send();
    completions.back()(lost());
  }
  EXPECT_TRUE(outbox.send_suspect(0));
  completions.back()({});
  EXPECT_THAT(forwarded, ElementsAre("a"));
  EXPECT_FALSE(outbox.send_suspect(0));
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
