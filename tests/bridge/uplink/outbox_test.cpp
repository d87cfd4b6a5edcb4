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
  static Batch batch(const std::string& text, std::uint32_t rule = 0) {
    Batch made;
    made.rule = rule;
    made.bytes = text;
    made.samples = 1;
    return made;
  }

  Outbox make(Outbox::Limits limits) {
    return Outbox(
        limits,
        {.send =
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

TEST_F(OutboxTest, BoundsItsBytes) {
  auto outbox = make({.max_bytes = 100});
  offer = Offer::Offline;
  for (int i = 0; i < 50; ++i) outbox.push(batch(std::string(30, 'x')));
  EXPECT_LE(outbox.bytes(), 100U);
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
