#include "webpubsub/client/group_membership.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Error kBusy{Errc::Unavailable, "busy", 0};
const Error kForbidden{Errc::Unauthorized, "forbidden", 0};
const Error kGone{Errc::Unavailable, "gone", 0};

/// Plays the client: sends what there is to send and keeps notes.
class GroupMembershipTest : public testing::Test {
 protected:
  Completion note(const std::string& name) {
    return [this, name](const Result<void>& outcome) {
      told_.push_back(name + (outcome ? " ok" : " " + outcome.error().message));
    };
  }
  void join(const std::string& group, Completion done = {}) {
    ASSERT_TRUE(groups_.join(group, std::move(done)));
  }
  void leave(const std::string& group, Completion done = {}) {
    groups_.leave(group, std::move(done), settled_);
    run(std::exchange(settled_, {}));
  }
  /// What may be sent now, such as "join a#1"; the number is the ack id.
  std::vector<std::string> sent() {
    std::vector<std::string> requests;
    while (const GroupRequest* request = groups_.next()) {
      requests.push_back((request->join ? "join " : "leave ") + request->group + "#" +
                         std::to_string(ack_id_));
      groups_.sent(ack_id_++);
    }
    return requests;
  }
  void answer(AckId ack_id, Result<void> outcome = {}) {
    const auto failure = groups_.answered(ack_id, std::move(outcome), now_, settled_);
    run(std::exchange(settled_, {}));
    if (failure) told_.push_back("lost " + failure->group + " " + failure->why.message);
  }
  void disconnect(bool keep = true) {
    groups_.disconnected(keep, kGone, settled_);
    run(std::exchange(settled_, {}));
  }

  GroupMembership groups_;
  SettledList settled_;
  std::vector<std::string> told_;
  AckId ack_id_ = 1;
  TimePoint now_{};
};

TEST_F(GroupMembershipTest, JoinsWaitForAConnection) {
  join("a", note("a"));
  EXPECT_THAT(sent(), IsEmpty());
  groups_.connected();
  EXPECT_THAT(sent(), ElementsAre("join a#1"));
  EXPECT_THAT(told_, IsEmpty());
  answer(1);
  EXPECT_THAT(told_, ElementsAre("a ok"));
}

TEST_F(GroupMembershipTest, EveryConnectionAsksAgain) {
  groups_.connected();
  join("a");
  join("b");
  EXPECT_THAT(sent(), ElementsAre("join a#1", "join b#2"));
  answer(1);
  disconnect();
  EXPECT_THAT(sent(), IsEmpty());
  groups_.connected();
  EXPECT_THAT(sent(), ElementsAre("join a#3", "join b#4"));
  answer(2);  // of the connection before
  answer(3);
  answer(4);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(GroupMembershipTest, UnlessNotToBeKept) {
  groups_.connected();
  join("a", note("a"));
  EXPECT_EQ(sent().size(), 1U);
  disconnect(false);
  EXPECT_THAT(told_, ElementsAre("a gone"));
  groups_.connected();
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(GroupMembershipTest, TransientFailuresAreTriedAgainAFewTimes) {
  groups_.connected();
  join("a");
  for (AckId id = 1; id < GroupMembership::kMaxAttempts; ++id) {
    ASSERT_EQ(sent().size(), 1U);
    answer(id, kBusy);
    EXPECT_THAT(sent(), IsEmpty());
    ASSERT_TRUE(groups_.retry_due());
    EXPECT_GT(*groups_.retry_due(), now_);
    groups_.retry(now_);  // too early
    EXPECT_THAT(sent(), IsEmpty());
    now_ = *groups_.retry_due();
    groups_.retry(now_);
  }
  EXPECT_EQ(sent().size(), 1U);
  EXPECT_THAT(told_, IsEmpty());
  answer(GroupMembership::kMaxAttempts, kBusy);
  EXPECT_THAT(told_, ElementsAre("lost a busy"));
  EXPECT_EQ(groups_.retry_due(), std::nullopt);
  disconnect();
  groups_.connected();
  EXPECT_EQ(sent().size(), 1U);  // a new connection, a new chance
}

TEST_F(GroupMembershipTest, RefusalsAreFinalForTheConnection) {
  groups_.connected();
  join("a");
  join("b", note("b"));
  EXPECT_EQ(sent().size(), 2U);
  answer(1, kForbidden);
  answer(2, kForbidden);
  EXPECT_THAT(told_, ElementsAre("lost a forbidden", "b forbidden"));
  EXPECT_EQ(groups_.retry_due(), std::nullopt);
}

TEST_F(GroupMembershipTest, AWindowOfRequestsIsUnderWay) {
  for (int i = 0; i < 100; ++i) join("g" + std::to_string(i));
  groups_.connected();
  EXPECT_EQ(sent().size(), GroupMembership::kMaxInFlight);
  answer(1);
  answer(2);
  EXPECT_EQ(sent().size(), 2U);
}

TEST_F(GroupMembershipTest, LeavingIsARequestToo) {
  groups_.connected();
  join("a");
  EXPECT_EQ(sent().size(), 1U);
  answer(1);
  leave("a", note("left"));
  EXPECT_THAT(sent(), ElementsAre("leave a#2"));
  answer(2);
  EXPECT_THAT(told_, ElementsAre("left ok"));
  disconnect();
  groups_.connected();
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(GroupMembershipTest, LeavingWithoutAConnectionIsDone) {
  join("a", note("joined"));
  leave("a", note("left"));
  EXPECT_THAT(told_, ElementsAre("joined left before it was joined", "left ok"));
  groups_.connected();
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(GroupMembershipTest, LosingTheConnectionLeaves) {
  groups_.connected();
  leave("a", note("a"));
  EXPECT_EQ(sent().size(), 1U);
  leave("b", note("b"));
  disconnect();
  EXPECT_THAT(told_, ElementsAre("b ok", "a ok"));
}

TEST_F(GroupMembershipTest, LeavingAndJoiningAgainEndsInside) {
  groups_.connected();
  join("a", note("first"));
  EXPECT_THAT(sent(), ElementsAre("join a#1"));
  leave("a");
  join("a", note("second"));
  EXPECT_THAT(sent(), ElementsAre("leave a#2", "join a#3"));
  answer(1);
  answer(2);
  EXPECT_THAT(told_, ElementsAre("first left before it was joined"));
  answer(3);
  EXPECT_THAT(told_, ElementsAre("first left before it was joined", "second ok"));
}

TEST_F(GroupMembershipTest, AQueuedJoinIsForgottenByLeaving) {
  for (std::size_t i = 0; i < GroupMembership::kMaxInFlight; ++i) join("g" + std::to_string(i));
  groups_.connected();
  join("late");
  EXPECT_EQ(sent().size(), GroupMembership::kMaxInFlight);
  leave("late");
  join("late");
  answer(1);
  answer(2);
  EXPECT_THAT(sent(), ElementsAre("leave late#33", "join late#34"));
}

TEST_F(GroupMembershipTest, SeveralMayWaitForOneAnswer) {
  groups_.connected();
  join("a", note("1"));
  EXPECT_EQ(sent().size(), 1U);
  join("a", note("2"));
  EXPECT_THAT(sent(), IsEmpty());
  answer(1);
  EXPECT_THAT(told_, ElementsAre("1 ok", "2 ok"));
  join("a", note("3"));  // inside already: asked once more, the answer is the service's
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(GroupMembershipTest, TheEndTellsWhoeverWaits) {
  join("a", note("a"));
  groups_.connected();
  EXPECT_EQ(sent().size(), 1U);
  groups_.end(kGone, settled_);
  run(std::exchange(settled_, {}));
  EXPECT_THAT(told_, ElementsAre("a gone"));
  groups_.connected();
  EXPECT_THAT(sent(), ElementsAre("join a#2"));  // still wanted
}

TEST_F(GroupMembershipTest, IsBounded) {
  for (std::size_t i = 0; i < GroupMembership::kMaxGroups; ++i) join("g" + std::to_string(i));
  EXPECT_FALSE(groups_.join("one more", note("x")));
  EXPECT_TRUE(groups_.join("g0", {}));
  EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace webpubsub
