#include "bridge/downlink/answers.h"

#include <vector>

#include <gtest/gtest.h>

#include "bridge/downlink/origin.h"
#include "tests/support/no_sink.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::Completion;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Offer;
using webpubsub::TimePoint;

TEST(AnswerText, HoldsTheReplyAsWhatItIs) {
  CommandAnswer answer{.gateway = "edge-01",
                       .rule = "set",
                       .id = "a\"1",
                       .end = {.outcome = Outcome::Replied},
                       .duration = 1500us};
  EXPECT_EQ(answer_text(answer),
            R"({"type":"command-reply","v":1,"gateway":"edge-01","command":"set","id":"a\"1",)"
            R"("outcome":"replied","duration_ms":1.500})");
  const std::pair<std::string, std::string> table[] = {
      {R"({"v": 21.50})", R"("dataType":"json","data":{"v": 21.50}})"},
      {"done", R"("dataType":"text","data":"done"})"},
      {std::string("\xFF\x00", 2), R"("dataType":"binary","data":"/wA="})"},
      {"", R"("dataType":"text","data":""})"},
      {std::string(700'000, 'x'), R"("truncated":true})"}};
  for (const auto& [reply, end] : table) {
    answer.reply = &reply;
    const auto text = answer_text(answer);
    EXPECT_TRUE(text.ends_with(end)) << text.substr(0, 200);
    EXPECT_TRUE(webpubsub::is_valid_json(text));
  }
}

TEST(Origin, IsToldByTheServerAlone) {
  const webpubsub::StringMap metadata{{"gateway-sender", "ops"}, {"gateway-invocation", "i1"}};
  const auto server = origin_of(webpubsub::ServerMessage{.metadata = metadata});
  EXPECT_EQ(server.sender, "ops");
  EXPECT_EQ(server.invocation, "i1");
  const auto group =
      origin_of(webpubsub::GroupMessage{.group = "g", .from_user_id = "u", .metadata = metadata});
  EXPECT_EQ(group.sender, "u");
  EXPECT_TRUE(group.invocation.empty());
  EXPECT_EQ(origin_of(webpubsub::GroupMessage{.group = "g", .from_user_id = "a\nb"}).sender,
            "anonymous");
}

class AnswerBoxTest : public testing::Test {
 protected:
  /// A link that takes answers while it is open.
  Offer send(const Answer& answer, Completion done) {
    if (!open_) return Offer::Offline;
    sent_.push_back(answer.bytes);
    completions_.push_back(std::move(done));
    return Offer::Accepted;
  }
  void settle(const webpubsub::Result<void>& result) {
    for (const auto& done : std::exchange(completions_, {})) done(result);
  }
  AnswerBox box(AnswerBox::Limits limits = {}) { return AnswerBox(limits, counters_, log_); }
  static Answer answer(std::string text) {
    return {.to = {.kind = AnswerTarget::Kind::Event, .name = "e"}, .bytes = std::move(text)};
  }

  bool open_ = true;
  std::vector<std::string> sent_{};
  std::vector<Completion> completions_{};
  DownlinkCounters counters_{};
  support::NoSink sink_{};
  webpubsub::Log log_{sink_, webpubsub::LogLevel::Info};
  const TimePoint now_ = webpubsub::steady_now();
};

TEST_F(AnswerBoxTest, WaitsForTheLink) {
  auto box = this->box();
  box.set_link([this](const Answer& each, Completion done) { return send(each, std::move(done)); });
  open_ = false;
  box.push(answer("1"), now_);
  box.push(answer("2"), now_);
  EXPECT_EQ(counters_.answers_waiting, 2U);
  open_ = true;
  box.send(now_);
  settle({});
  EXPECT_EQ(sent_, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(counters_.answers_sent, 2U);
  EXPECT_TRUE(box.empty());
}

TEST_F(AnswerBoxTest, SendsAgainWhatTheLinkLost) {
  auto box = this->box();
  box.set_link([this](const Answer& each, Completion done) { return send(each, std::move(done)); });
  box.push(answer("1"), now_);
  open_ = false;
  settle(Error{Errc::Unavailable, "gone"});
  EXPECT_EQ(counters_.answers_waiting, 1U);
  open_ = true;
  box.send(now_);
  settle({});
  EXPECT_EQ(sent_.size(), 2U);
  EXPECT_TRUE(box.empty());
}

TEST_F(AnswerBoxTest, GivesUpWhatIsRefusedTooOldOrTooMuch) {
  auto box = this->box({.max_answers = 2, .max_age = 60s});
  box.set_link([this](const Answer& each, Completion done) { return send(each, std::move(done)); });
  box.push(answer("refused"), now_);
  settle(Error{Errc::Unauthorized, "no role"});
  EXPECT_EQ(counters_.answers_dropped, 1U);
  open_ = false;
  for (const auto* text : {"1", "2", "3"}) box.push(answer(text), now_);
  EXPECT_EQ(counters_.answers_dropped, 2U);
  open_ = true;
  box.send(now_ + 61s);
  EXPECT_EQ(counters_.answers_expired, 2U);
  EXPECT_EQ(sent_.size(), 1U);
  EXPECT_TRUE(box.empty());
}

TEST_F(AnswerBoxTest, MayGoBeforeItsCompletions) {
  {
    auto box = this->box();
    box.set_link(
        [this](const Answer& each, Completion done) { return send(each, std::move(done)); });
    box.push(answer("1"), now_);
  }
  settle({});
  EXPECT_EQ(counters_.answers_sent, 0U);
}

}  // namespace
}  // namespace gateway
