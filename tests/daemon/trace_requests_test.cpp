// Who watches a rule waits for its readings, and nothing is watched when nobody asks any more.

#include "daemon/trace_requests.h"

#include <gmock/gmock.h>

#include "tests/bridge/uplink/flow_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using flow::UplinkFlow;
using support::run_until;
using testing::HasSubstr;
using webpubsub::Errc;
using webpubsub::steady_now;

class TraceRequestsTest : public UplinkFlow {
 protected:
  void SetUp() override {
    UplinkFlow::SetUp();
    make_uplink({rule("climate", "s/+", "g"), rule("others", "o/+", "o")});
    traces_.emplace(*loop_, *uplink_,
                    [](std::string_view payload) { return std::string(payload); });
  }
  void TearDown() override {
    traces_.reset();
    uplink_.reset();
  }

  struct Answer {
    std::optional<webpubsub::Result<std::string>> data{};
    webpubsub::TimePoint at{};
  };
  std::shared_ptr<Answer> ask(const TraceRequest& request) {
    auto answer = std::make_shared<Answer>();
    traces_->ask(request, [answer](webpubsub::Result<std::string> data) {
      EXPECT_FALSE(answer->data) << "answered twice";
      answer->data.emplace(std::move(data));
      answer->at = steady_now();
    });
    return answer;
  }
  std::uint64_t begin(const std::string& rule) {
    const auto answer = ask({.rule = rule});
    EXPECT_TRUE(answer->data && answer->data->has_value());
    return uplink_->trace().last();
  }
  bool comes(const std::shared_ptr<Answer>& answer) {
    return run_until(*loop_, [&] { return answer->data.has_value(); });
  }

  std::optional<TraceRequests> traces_{};
};

TEST_F(TraceRequestsTest, TheBeginningIsAnsweredAtOnceAndTheRestWhenSomethingCame) {
  const auto from = begin("climate");
  const auto with = ask({.rule = "climate", .after = from, .payload = true});
  const auto without = ask({.rule = "climate", .after = from});
  loop_->run_once(0ms);
  EXPECT_FALSE(with->data);
  publish("s/a", "21");
  publish("o/a", "22");
  ASSERT_TRUE(comes(with) && comes(without));
  EXPECT_THAT(with->data->value(),
              HasSubstr(R"("topic":"s/a","outcome":"batched","group":"g","readings":1)"));
  EXPECT_THAT(without->data->value(), testing::Not(HasSubstr("payload")));
  EXPECT_THAT(with->data->value(), HasSubstr(R"("missed":0,"unseen":{})"));
  EXPECT_THAT(with->data->value(), testing::Not(HasSubstr("o/a")));
}

TEST_F(TraceRequestsTest, AnAnswerWithoutReadingsComesAfterAWhile) {
  const auto from = begin("climate");
  const auto began = steady_now();
  const auto answer = ask({.rule = "climate", .after = from});
  publish("s/" + std::string(10, 'a'), std::string(1'100'000, '1'));  // refused at the door
  ASSERT_TRUE(comes(answer));
  EXPECT_GE(answer->at, began + TraceRequests::kWait);
  EXPECT_EQ(answer->data->value(), R"({"entries":[],"last":)" + std::to_string(from) +
                                       R"(,"missed":0,"unseen":{"too_large":1}})");
}

TEST_F(TraceRequestsTest, PayloadsAreKeptOnlyForThoseWhoAskForThem) {
  const auto from = begin("climate");
  publish("s/a", "21");
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->trace().has_after(from); }));
  EXPECT_EQ(uplink_->trace().after(from, 1).entries.front()->payload, "");
}

TEST_F(TraceRequestsTest, TheLatestRuleIsWatchedAndOthersAreToldSo) {
  const auto from = begin("climate");
  const auto waits = ask({.rule = "climate", .after = from});
  begin("others");
  ASSERT_TRUE(comes(waits));
  ASSERT_FALSE(waits->data->has_value());
  EXPECT_EQ(waits->data->error().code, Errc::Unavailable);
  EXPECT_EQ(ask({.rule = "climate", .after = from})->data->error().code, Errc::Unavailable);
  EXPECT_EQ(ask({.rule = "nobody"})->data->error().code, Errc::NotFound);
  EXPECT_TRUE(uplink_->trace().is_on());
}

TEST_F(TraceRequestsTest, EndsWhenNobodyAsksAnyMore) {
  begin("climate");
  const auto began = steady_now();
  ASSERT_TRUE(run_until(*loop_, [&] { return !uplink_->trace().is_on(); }));
  EXPECT_GE(steady_now(), began + TraceRequests::kUnasked);
  const auto again = begin("climate");
  publish("s/a", "21");
  EXPECT_TRUE(run_until(*loop_, [&] { return uplink_->trace().has_after(again); }));
}

TEST_F(TraceRequestsTest, WhoComesBackToATraceThatEndedIsToldThatThisIsAnother) {
  const auto from = begin("climate");
  uplink_->end_trace();
  publish("s/a", "20");  // which nobody saw
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().inbox_messages == 0; }));
  const auto back = ask({.rule = "climate", .after = from});
  publish("s/a", std::string(1'100'000, '1'));  // refused at the door
  ASSERT_TRUE(comes(back));
  const auto last = uplink_->trace().last();
  EXPECT_EQ(back->data->value(), R"({"entries":[],"last":)" + std::to_string(last) +
                                     R"(,"missed":0,"unseen":{"too_large":1},"begun":true})");
  const auto next = ask({.rule = "climate", .after = last});
  publish("s/b", "21");
  ASSERT_TRUE(comes(next));
  EXPECT_THAT(next->data->value(), HasSubstr("s/b"));
  EXPECT_THAT(next->data->value(), testing::Not(HasSubstr("begun")));
}

TEST_F(TraceRequestsTest, WhoComesBackToATraceOfSomebodyElseIsToldToo) {
  const auto from = begin("climate");
  begin("others");
  begin("climate");
  const auto back = ask({.rule = "climate", .after = from});
  ASSERT_TRUE(comes(back));
  EXPECT_THAT(back->data->value(), HasSubstr(R"("missed":0,"unseen":{},"begun":true)"));
}

}  // namespace
}  // namespace gateway
