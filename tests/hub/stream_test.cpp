// Streams over groups, frame by frame.

#include <gmock/gmock.h>

#include "hub_fixture.h"
#include "webpubsub/auth/roles.h"

namespace webpubsub::hub {
namespace {

using testing::HasSubstr;

class StreamTest : public HubFixture {
 protected:
  void SetUp() override {
    start_hub();
    TokenClaims member;
    member.groups = {"g"};
    member_ = connect(member);
    TokenClaims sender;
    sender.roles = {send_to_role("g")};
    sender_ = connect(sender);
  }
  void ask(const std::string& frame, const std::string& answer) {
    sender_->send(frame);
    expect_next(*sender_, answer);
  }
  void open(const std::string& more = {}) {
    ask(R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s")" + more + "}}",
        R"({"type":"streamAck","streamId":"s","expectedSequenceId":1})");
  }
  static std::string data(int number) {
    return R"({"type":"streamData","streamId":"s","streamSequenceId":)" + std::to_string(number) +
           R"(,"dataType":"text","data":"x"})";
  }
  static std::string ack(int expected) {
    return R"({"type":"streamAck","streamId":"s","expectedSequenceId":)" +
           std::to_string(expected) + "}";
  }
  static std::string received(const std::string& text, const std::string& stream) {
    return R"({"type":"message","from":"group","group":"g","dataType":"text","data":")" + text +
           R"(","stream":{"streamId":"s",)" + stream + "}}";
  }

  std::unique_ptr<TestSocket> member_;
  std::unique_ptr<TestSocket> sender_;
};

TEST_F(StreamTest, MembersGetItInOrderWithItsEnd) {
  open();
  ask(data(1), ack(2));
  ask(data(2), ack(3));
  ask(R"({"type":"streamEnd","streamId":"s"})", R"({"type":"streamClosed","streamId":"s"})");
  expect_next(*member_, received("x", R"("streamSequenceId":1)"));
  expect_next(*member_, received("x", R"("streamSequenceId":2)"));
  expect_next(*member_, received("", R"("streamSequenceId":3,"endOfStream":true)"));
}

TEST_F(StreamTest, RepeatsArePassedOverAndGapsRefused) {
  open();
  ask(data(1), ack(2));
  ask(data(1), ack(2));
  sender_->send(data(3));
  run_until([&] { return !sender_->messages.empty(); });
  EXPECT_THAT(sender_->messages.front(),
              HasSubstr(R"("expectedSequenceId":2,"name":"InvalidSequenceId")"));
  sender_->messages.clear();
  ask(data(2), ack(3));
  expect_next(*member_, received("x", R"("streamSequenceId":1)"));
  expect_next(*member_, received("x", R"("streamSequenceId":2)"));
}

TEST_F(StreamTest, WhatTheSenderSaysOfItsFailureIsPassedOn) {
  open();
  ask(R"({"type":"streamEnd","streamId":"s","error":{"message":"m","userErrorCode":"c"}})",
      R"({"type":"streamClosed","streamId":"s"})");
  expect_next(*member_,
              received("", R"("streamSequenceId":1,"endOfStream":true,)"
                           R"("error":{"name":"UserError","message":"m","userErrorCode":"c"})"));
}

TEST_F(StreamTest, OnesThatAreNotThereAreSaidToBeClosed) {
  sender_->send(data(1));
  run_until([&] { return !sender_->messages.empty(); });
  EXPECT_THAT(sender_->messages.front(), HasSubstr(R"("name":"StreamNotFound")"));
}

TEST_F(StreamTest, WithoutTheRoleOrWithAnIdInUseItIsRefused) {
  sender_->send(R"({"type":"sendToGroup","group":"other","stream":{"streamId":"s"}})");
  run_until([&] { return !sender_->messages.empty(); });
  EXPECT_THAT(sender_->messages.front(), HasSubstr(R"("name":"Forbidden")"));
  sender_->messages.clear();
  open();
  sender_->send(R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s"}})");
  run_until([&] { return !sender_->messages.empty(); });
  EXPECT_THAT(sender_->messages.front(), HasSubstr(R"("name":"BadRequest")"));
}

TEST_F(StreamTest, SilenceEndsItForBothSides) {
  open(R"(,"idleTimeoutMs":20)");
  run_until([&] { return !sender_->messages.empty() && !member_->messages.empty(); });
  EXPECT_THAT(sender_->messages.front(), HasSubstr(R"("name":"IdleTimeout")"));
  EXPECT_THAT(member_->messages.front(), HasSubstr(R"("name":"IdleTimeout")"));
}

TEST_F(StreamTest, MembersAreToldWhenThePublisherGoes) {
  open();
  sender_->socket.reset();
  run_until([&] { return !member_->messages.empty(); });
  EXPECT_THAT(member_->messages.front(),
              HasSubstr(R"("endOfStream":true,"error":{"name":"Cancelled")"));
}

}  // namespace
}  // namespace webpubsub::hub
