// Abuse protection over time: how long an answer holds, and who waits for the next.

#include "hub/webhooks/origin_check.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "webhook_fixture.h"

namespace webpubsub::hub {
namespace {

using std::chrono_literals::operator""ms;

class OriginCheckTest : public WebhookFixture {
 protected:
  void create() {
    check_ = std::make_unique<OriginCheck>(*loop_, options_, url("/validate"), "127.0.0.1");
  }
  void ask() {
    check_->ask([this](const Result<void>& allowed) { outcomes_.push_back(allowed.has_value()); });
  }

  std::unique_ptr<OriginCheck> check_;
  std::vector<bool> outcomes_;
};

TEST_F(OriginCheckTest, EverybodyWaitsForTheFirstAnswer) {
  create();
  ask();
  ask();
  EXPECT_TRUE(outcomes_.empty());
  run_until([&] { return waiting_.size() == 1; });
  waiting_[0](granted());
  run_until([&] { return outcomes_.size() == 2; });
  EXPECT_EQ(outcomes_, (std::vector<bool>{true, true}));
  ask();
  EXPECT_EQ(outcomes_.size(), 3U) << "known for now";
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(OriginCheckTest, AYesIsAskedForAgainWhileEventsGoOn) {
  options_.webhook_limits.validation_lifetime = 0ms;
  create();
  ask();
  run_until([&] { return waiting_.size() == 1; });
  waiting_[0](granted());
  run_until([&] { return outcomes_.size() == 1; });
  ask();
  EXPECT_EQ(outcomes_.size(), 2U) << "nobody waits for the second question";
  run_until([&] { return waiting_.size() == 2; });
  waiting_[1]({.status = 403});
  run_until([&] { return check_->is_idle(); });
  ask();
  EXPECT_EQ(outcomes_.back(), false) << "changed its mind";
}

TEST_F(OriginCheckTest, ANoHoldsForAWhileThatGrows) {
  answer_ = [](const net::HttpRequest&) { return net::HttpResponse{.status = 403}; };
  options_.webhook_limits.validation_retry = 20ms;
  create();
  const TimePoint start = steady_now();
  ask();
  run_until([&] { return outcomes_.size() == 1; });
  run_until([&] {
    ask();
    return requests_.size() == 3;
  });
  EXPECT_GE(steady_now() - start, 60ms) << "20 ms, then 40 ms";
  EXPECT_GE(outcomes_.size(), 2U);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), true), 0);
}

TEST_F(OriginCheckTest, AServerThatIsAwayIsANo) {
  options_.webhook_limits.validation_timeout = 50ms;
  create();
  ask();
  run_until([&] { return !outcomes_.empty(); });  // accepted, but nobody answers
  EXPECT_EQ(outcomes_, std::vector<bool>{false});
}

TEST_F(OriginCheckTest, MayBeDestroyedWhileItAsks) {
  create();
  ask();
  run_until([&] { return waiting_.size() == 1; });
  check_.reset();
  waiting_[0](granted());
  loop_->run_once(10ms);
  EXPECT_TRUE(outcomes_.empty());
}

TEST(AllowsOrigin, HostInAnyCaseWithOrWithoutAPort) {
  const auto allows = [](const std::string& value) {
    return allows_origin({.headers = {{"WebHook-Allowed-Origin", value}}}, "name.example");
  };
  EXPECT_TRUE(allows("*"));
  EXPECT_TRUE(allows("Name.Example"));
  EXPECT_TRUE(allows("name.example:8080"));
  for (const char* value : {"", "**", "name.example.org", "name.example:80x", "other", "name",
                            "other.name.example", "https://name.example"}) {
    EXPECT_FALSE(allows(value)) << value;
  }
  EXPECT_FALSE(allows_origin({.status = 404, .headers = {{"WebHook-Allowed-Origin", "*"}}}, "h"));
  EXPECT_FALSE(allows_origin({}, "h"));
}

}  // namespace
}  // namespace webpubsub::hub
