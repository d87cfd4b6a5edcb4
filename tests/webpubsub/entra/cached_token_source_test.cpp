#include "webpubsub/entra/cached_token_source.h"

#include <utility>

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

WallTime the_time{};

class Issuer final : public TokenSource {
 public:
  void access_token(Done done) override { questions.push_back(std::move(done)); }
  void issue(std::chrono::seconds life) {
    const std::string name = "token-" + std::to_string(++issued);
    answer(AccessToken{Secret(name), the_time + life});
  }
  void answer(const Result<AccessToken>& token) {
    const Done done = std::move(questions.back());
    questions.pop_back();
    done(token);
  }
  std::vector<Done> questions{};
  int issued = 0;
};

class CachedTokenSourceTest : public ::testing::Test {
 protected:
  CachedTokenSourceTest() {
    the_time = wall_now();
    auto issuer = std::make_unique<Issuer>();
    issuer_ = issuer.get();
    source_ = std::make_unique<CachedTokenSource>(std::move(issuer), [] { return the_time; });
  }
  void ask() {
    source_->access_token([this](const Result<AccessToken>& token) {
      answers_.push_back(token ? std::string(token->token.reveal()) : token.error().message);
    });
  }
  Issuer* issuer_ = nullptr;
  std::unique_ptr<CachedTokenSource> source_;
  std::vector<std::string> answers_;
};

using Answers = std::vector<std::string>;

TEST_F(CachedTokenSourceTest, AsksOnceForAllWhoWait) {
  ask();
  ask();
  ASSERT_EQ(issuer_->questions.size(), 1U);
  issuer_->issue(60min);
  EXPECT_EQ(answers_, (Answers{"token-1", "token-1"}));
  ask();
  EXPECT_EQ(answers_.size(), 3U);
  EXPECT_TRUE(issuer_->questions.empty());
}

TEST_F(CachedTokenSourceTest, RenewsBeforeTheEnd) {
  ask();
  issuer_->issue(60min);
  the_time += 54min;
  ask();
  EXPECT_TRUE(issuer_->questions.empty());
  the_time += 2min;
  ask();
  ASSERT_EQ(issuer_->questions.size(), 1U);
  issuer_->issue(60min);
  EXPECT_EQ(answers_.back(), "token-2");
}

TEST_F(CachedTokenSourceTest, GoesOnWithAGoodTokenWhenRenewingFails) {
  ask();
  issuer_->issue(60min);
  the_time += 56min;
  ask();
  issuer_->answer(Error{Errc::Unavailable, "away"});
  EXPECT_EQ(answers_.back(), "token-1");
  ask();  // soon after a failure: not asked again
  EXPECT_TRUE(issuer_->questions.empty());
  the_time += 31s;
  ask();
  EXPECT_EQ(issuer_->questions.size(), 1U);
  issuer_->issue(60min);
  EXPECT_EQ(answers_.back(), "token-2");
}

TEST_F(CachedTokenSourceTest, TellsAFailureWhenThereIsNoToken) {
  ask();
  issuer_->answer(Error{Errc::Unauthorized, "who are you"});
  EXPECT_EQ(answers_, Answers{"who are you"});
  ask();
  EXPECT_EQ(issuer_->questions.size(), 1U);  // at once: somebody waits for it
  issuer_->issue(10s);
  EXPECT_EQ(answers_.back(), "token-1");
  ask();  // too short a life to be kept
  EXPECT_EQ(issuer_->questions.size(), 1U);
}

TEST_F(CachedTokenSourceTest, AClockSetBackDoesNotSilenceIt) {
  ask();
  issuer_->issue(60min);
  the_time += 56min;
  ask();
  issuer_->answer(Error{Errc::Unavailable, "away"});
  the_time -= 24 * 60min;
  ask();
  EXPECT_EQ(answers_.back(), "token-1");  // good for a day, by this clock
  the_time += 48 * 60min;
  ask();
  EXPECT_EQ(issuer_->questions.size(), 1U);
}

TEST_F(CachedTokenSourceTest, TheQueueIsBounded) {
  for (int i = 0; i < 1001; ++i) ask();
  EXPECT_EQ(answers_, Answers{"too many wait for an access token"});
}

TEST_F(CachedTokenSourceTest, ACallbackMayAskAgainOrDestroyIt) {
  source_->access_token([this](const Result<AccessToken>&) { ask(); });
  issuer_->issue(60min);
  EXPECT_EQ(answers_, Answers{"token-1"});
  the_time += 60min;
  source_->access_token([this](const Result<AccessToken>&) { source_.reset(); });
  ask();
  issuer_->issue(60min);
  EXPECT_EQ(answers_.back(), "token-2");
}

}  // namespace
}  // namespace webpubsub
