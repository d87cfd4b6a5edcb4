#include "bridge/mqtt/link_liveness.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Verdict = LinkLiveness::Verdict;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

class Liveness : public testing::Test {
 protected:
  Liveness() { liveness.connected({.quiet = 30s, .answer = 10s, .publication = 20s}, kStart); }

  Verdict at(webpubsub::Duration after) { return liveness.look(signs, kStart + after); }
  /// What it comes to, the library being free all the time.
  Verdict finally_at(webpubsub::Duration after) {
    const auto first = at(after);
    if (first != Verdict::Doubt) return first;
    liveness.doubted(kStart + after);
    EXPECT_EQ(next(), after + 1500ms);
    EXPECT_EQ(at(after + 1s), Verdict::Fine) << "it has the time to listen";
    return at(after + 1500ms);
  }
  webpubsub::Duration next() const { return liveness.next(signs) - kStart; }

  LinkLiveness liveness;
  LinkLiveness::Signs signs{.heard = kStart};
};

TEST_F(Liveness, ProbesABrokerThatSaysNothing) {
  EXPECT_EQ(next(), 30s);
  EXPECT_EQ(at(29s), Verdict::Fine);
  EXPECT_EQ(at(30s), Verdict::Probe);
}

TEST_F(Liveness, LeavesOneAloneThatTalks) {
  for (auto time = 5s; time < 1h; time += 5s) {
    signs.heard = kStart + time;
    EXPECT_EQ(at(time + 4s), Verdict::Fine);
  }
}

TEST_F(Liveness, AProbeHasItsTimeForAnAnswer) {
  liveness.probed(kStart + 31s);
  EXPECT_EQ(next(), 41s);
  EXPECT_EQ(at(40s), Verdict::Fine);
  EXPECT_EQ(finally_at(41s), Verdict::Silent);
}

TEST_F(Liveness, WhateverComesAnswersAProbe) {
  liveness.probed(kStart + 30s);
  signs.heard = kStart + 39s;
  EXPECT_EQ(at(40s), Verdict::Fine);
  EXPECT_EQ(next(), 69s);
  EXPECT_EQ(at(69s), Verdict::Probe) << "and the next silence has a probe of its own";
}

TEST_F(Liveness, WhatCameBeforeAProbeDoesNot) {
  signs.heard = kStart + 1s;
  liveness.probed(kStart + 31s);
  EXPECT_EQ(finally_at(41s), Verdict::Silent);
}

TEST_F(Liveness, PublicationsHaveToBeAnsweredWhateverElseComes) {
  liveness.publishing(kStart + 5s);
  signs.waiting = true;
  EXPECT_EQ(next(), 25s);
  signs.heard = kStart + 24s;
  EXPECT_EQ(at(24s), Verdict::Fine);
  EXPECT_EQ(finally_at(25s), Verdict::Unanswered);
}

TEST_F(Liveness, OneAnswerIsEnoughForThoseThatWaitBehindIt) {
  liveness.publishing(kStart + 5s);
  signs.waiting = true;
  signs.heard = signs.answered = kStart + 20s;
  EXPECT_EQ(at(39s), Verdict::Fine);
  EXPECT_EQ(finally_at(40s), Verdict::Unanswered);
  signs.waiting = false;
  EXPECT_EQ(at(40s), Verdict::Fine);
}

TEST_F(Liveness, WhatTheLibraryCouldNotHearIsNoSilence) {
  liveness.probed(kStart + 30s);
  EXPECT_EQ(at(70s), Verdict::Doubt) << "it was held up for half a minute";
  liveness.doubted(kStart + 70s);
  signs.heard = kStart + 71s;
  EXPECT_EQ(at(71500ms), Verdict::Fine);
  EXPECT_EQ(next(), 101s);
  liveness.probed(kStart + 101s);
  EXPECT_EQ(at(111s), Verdict::Doubt) << "each silence has a doubt of its own";
}

TEST_F(Liveness, AProbeMayWaitBehindPublications) {
  liveness.publishing(kStart + 25s);
  signs.waiting = true;
  EXPECT_EQ(next(), 30s);
  EXPECT_EQ(at(30s), Verdict::Probe);
  liveness.probed(kStart + 30s);
  EXPECT_EQ(next(), 45s);
  EXPECT_EQ(at(41s), Verdict::Fine);
  EXPECT_EQ(finally_at(45s), Verdict::Unanswered);
}

TEST_F(Liveness, TellsSinceWhenPublicationsWait) {
  signs.answered = kStart - 1h;
  signs.waiting = true;
  liveness.publishing(kStart + 5s);
  EXPECT_EQ(liveness.unanswered_since(signs), kStart + 5s);
  signs.answered = kStart + 7s;
  EXPECT_EQ(liveness.unanswered_since(signs), kStart + 7s);
}

TEST_F(Liveness, ANewConnectionOwesNothing) {
  liveness.probed(kStart + 31s);
  signs.waiting = true;  // the library sends it again
  liveness.connected({.quiet = 30s, .answer = 10s, .publication = 20s}, kStart + 60s);
  EXPECT_EQ(at(79s), Verdict::Fine);
  EXPECT_EQ(finally_at(80s), Verdict::Unanswered);
  signs.waiting = false;
  EXPECT_EQ(at(89s), Verdict::Fine);
  EXPECT_EQ(at(90s), Verdict::Probe);
}

}  // namespace
}  // namespace gateway
