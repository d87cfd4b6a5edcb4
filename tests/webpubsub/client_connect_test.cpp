// How a client gets connected, loses its connection, and stops.

#include <sys/socket.h>

#include "client_fixture.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Answers when the test says so.
class SlowCredential final : public Credential {
 public:
  void client_access_url(Done done) override { asked.push_back(std::move(done)); }
  std::vector<Done> asked{};
};

TEST_F(ClientTest, ConnectsAndSaysSo) {
  make_client();
  EXPECT_EQ(client_->state(), ClientState::Stopped);
  client_->start();
  EXPECT_EQ(client_->state(), ClientState::Connecting);
  client_->start();  // does nothing
  ASSERT_TRUE(wait([&] { return !listener_.connected.empty(); }));
  EXPECT_EQ(client_->state(), ClientState::Connected);
  EXPECT_EQ(listener_.connected[0].connection_id, "connection-1");
  EXPECT_EQ(listener_.connected[0].user_id, "user");
  ASSERT_EQ(service_->upgrades.size(), 1U);
  EXPECT_EQ(service_->upgrades[0].request.path, "/client/hubs/test");
  EXPECT_EQ(service_->upgrades[0].request.query, "access_token=hush-hush");
  EXPECT_THAT(service_->upgrades[0].subprotocols, ElementsAre("json.webpubsub.azure.v1"));
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientTest, NothingLeavesBeforeTheConnectedFrame) {
  service_->on_open = nullptr;
  start();
  ASSERT_TRUE(wait([&] { return !service_->sides.empty(); }));
  EXPECT_EQ(client_->state(), ClientState::Connecting);
  EXPECT_EQ(send("x"), Offer::Offline);
  service_->side().send(Connected{"c", {}, {}});
  ASSERT_TRUE(wait([&] { return !listener_.connected.empty(); }));
  EXPECT_THAT(service_->side().texts, IsEmpty());
  EXPECT_EQ(send("x"), Offer::Accepted);
}

TEST_F(ClientTest, ASecondConnectedFrameChangesNothing) {
  connect();
  service_->side().send(Connected{"other", {}, {}});
  settle();
  EXPECT_EQ(listener_.connected.size(), 1U);
}

TEST_F(ClientTest, GivesUpOnAServiceThatNeverSaysConnected) {
  service_->on_open = nullptr;
  options_.connect_timeout = 100ms;
  start();
  ASSERT_TRUE(wait([&] { return service_->sides.size() >= 3; }));
  ASSERT_GE(listener_.losses.size(), 2U);
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Timeout);
  EXPECT_THAT(listener_.losses[0].why.message, HasSubstr("no connected frame"));
  EXPECT_TRUE(listener_.losses[0].retry_in);
  EXPECT_THAT(listener_.connected, IsEmpty());
}

TEST_F(ClientTest, NeedNotWaitWhenTheNetworkComesBack) {
  options_.reconnect = {10min, 10min, 10min};
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_->state() == ClientState::Waiting; }));
  client_->retry_now();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  client_->retry_now();  // does nothing
  settle();
  EXPECT_EQ(listener_.connected.size(), 2U);
}

TEST_F(ClientTest, KeepsTryingWhenDroppedBeforeConnected) {
  service_->on_open = [this](ServiceSide& side) {
    if (service_->sides.size() <= 3) return side.cut();
    side.send(Connected{"c", {}, {}});
  };
  start();
  ASSERT_TRUE(wait([&] { return !listener_.connected.empty(); }));
  EXPECT_EQ(listener_.losses.size(), 3U);
}

TEST_F(ClientTest, RefusedHandshakesAreToldAndTriedAgain) {
  service_->refuse_with = {401, 403, 404, 503};
  start();
  ASSERT_TRUE(wait([&] { return !listener_.connected.empty(); }));
  ASSERT_EQ(listener_.losses.size(), 4U);
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Unauthorized);
  EXPECT_EQ(listener_.losses[0].why.service_code, 401);
  EXPECT_THAT(listener_.losses[0].why.message, HasSubstr("check the access key"));
  EXPECT_EQ(listener_.losses[1].why.service_code, 403);
  EXPECT_EQ(listener_.losses[2].why.code, Errc::NotFound);
  EXPECT_EQ(listener_.losses[3].why.code, Errc::Unavailable);
  for (const auto& loss : listener_.losses) EXPECT_TRUE(loss.retry_in);
}

TEST_F(ClientTest, AnUnreachableServiceIsTriedAgain) {
  service_->disappear();
  start();
  ASSERT_TRUE(wait([&] { return listener_.losses.size() >= 3; }));
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Unavailable);
  EXPECT_NE(client_->state(), ClientState::Connected);
}

TEST_F(ClientTest, ComesBackAfterALoss) {
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  ASSERT_EQ(listener_.losses.size(), 1U);
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Unavailable);
  EXPECT_EQ(listener_.connected[1].connection_id, "connection-2");
}

TEST_F(ClientTest, TellsTheServicesFarewell) {
  connect();
  service_->side().send(Disconnected{"Application server closed the connection. Reason: R"});
  service_->side().socket().close(net::close_code::kNormal, "");
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_EQ(listener_.losses[0].why.message,
            "the service closed the connection: Application server closed the connection. Reason: "
            "R (1000)");
  EXPECT_EQ(listener_.losses[0].why.service_code, 1000);
  service_->side().socket().close(net::close_code::kPolicyViolation, "too slow");
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 3; }));
  EXPECT_EQ(listener_.losses[1].why.message,  // the farewell before is forgotten
            "the service ended the connection for good: too slow (1008)");
}

TEST_F(ClientTest, WaitsGrowUntilAConnectionProvesStable) {
  options_.reconnect = {1ms, 1ms, 1'000'000ms};
  options_.stable_after = 1h;
  service_->on_open = [](ServiceSide& side) {
    side.send(Connected{"c", {}, {}});
    side.socket().close(net::close_code::kGoingAway, "");
  };
  start();
  ASSERT_TRUE(wait([&] { return listener_.losses.size() >= 6; }));
  auto longest = 0ms;
  for (const auto& loss : listener_.losses) longest = std::max(longest, *loss.retry_in);
  EXPECT_GT(longest, 1ms);  // ceilings of 1, 2, 4, 8, 16 and 32 ms: all 1 ms once in 2^15 runs
}

TEST_F(ClientTest, AStableConnectionStartsTheWaitsOver) {
  options_.reconnect = {1ms, 1ms, 1'000'000ms};
  options_.stable_after = 0ms;
  service_->on_open = [](ServiceSide& side) {
    side.send(Connected{"c", {}, {}});
    side.socket().close(net::close_code::kGoingAway, "");
  };
  start();
  ASSERT_TRUE(wait([&] { return listener_.losses.size() >= 6; }));
  for (const auto& loss : listener_.losses) EXPECT_EQ(*loss.retry_in, 1ms);
}

TEST_F(ClientTest, WithoutReconnectALossIsTheEnd) {
  options_.auto_reconnect = false;
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  ASSERT_EQ(listener_.losses.size(), 1U);
  EXPECT_EQ(listener_.losses[0].retry_in, std::nullopt);
  EXPECT_EQ(client_->state(), ClientState::Stopped);
  client_->start();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
}

TEST_F(ClientTest, EachConnectionAsksTheCredentialAnew) {
  auto* slow = new SlowCredential;
  credential_.reset(slow);
  start();
  ASSERT_TRUE(wait([&] { return slow->asked.size() == 1; }));
  slow->asked[0](Error{Errc::Unavailable, "the token endpoint is away", 0});
  ASSERT_TRUE(wait([&] { return slow->asked.size() == 2; }));
  EXPECT_EQ(listener_.losses[0].why.message, "the token endpoint is away");
  slow->asked[1](Secret(service_->url()));
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 1; }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return slow->asked.size() == 3; }));
}

TEST_F(ClientTest, ASilentCredentialRunsIntoTheTimeout) {
  auto* slow = new SlowCredential;
  credential_.reset(slow);
  options_.connect_timeout = 20ms;
  start();
  ASSERT_TRUE(wait([&] { return slow->asked.size() == 2; }));
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Timeout);
  EXPECT_THAT(listener_.losses[0].why.message, HasSubstr("credential"));
  slow->asked[0](Secret(service_->url()));  // too late: nothing comes of it
  slow->asked[1](Secret(service_->url()));
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 1; }));
  EXPECT_EQ(service_->upgrades.size(), 1U);
}

TEST_F(ClientTest, AnUnusableUrlIsToldWithoutItsToken) {
  credential_ = make_url_credential(Secret("ws://:::/?access_token=hush-hush"));
  start();
  ASSERT_TRUE(wait([&] { return !listener_.losses.empty(); }));
  EXPECT_EQ(listener_.losses[0].why.code, Errc::InvalidArgument);
}

// ---- stop ----------------------------------------------------------------------------------

TEST_F(ClientTest, StopSendsWhatIsQueuedAndClosesNormally) {
  connect();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(send(std::to_string(i), note("sent")), Offer::Accepted);
  client_->stop();
  EXPECT_EQ(listener_.stopped, 0);
  EXPECT_EQ(send("late"), Offer::Offline);
  client_->stop();  // once is enough
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  ASSERT_TRUE(wait([&] { return service_->side().closed.has_value(); }));
  EXPECT_EQ(service_->side().frames.size(), 50U);
  EXPECT_EQ(service_->side().closed->code, net::close_code::kNormal);
  EXPECT_EQ(std::count(told_.begin(), told_.end(), "sent ok"), 50);
  EXPECT_EQ(client_->state(), ClientState::Stopped);
  ASSERT_EQ(listener_.losses.size(), 1U);
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Cancelled);
  EXPECT_EQ(listener_.losses[0].retry_in, std::nullopt);
  client_->stop();
  loop_->run_once(0ms);
  EXPECT_EQ(listener_.stopped, 1);
}

TEST_F(ClientTest, StopWhileTheCredentialThinks) {
  auto* slow = new SlowCredential;
  credential_.reset(slow);
  start();
  ASSERT_TRUE(wait([&] { return !slow->asked.empty(); }));
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  slow->asked[0](Secret(service_->url()));
  for (int i = 0; i < 10; ++i) loop_->run_once(1ms);
  EXPECT_THAT(service_->upgrades, IsEmpty());
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientTest, StopRightAfterStart) {
  start();
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  for (int i = 0; i < 10; ++i) loop_->run_once(1ms);
  EXPECT_THAT(service_->upgrades, IsEmpty());
}

TEST_F(ClientTest, StopBeforeTheConnectedFrame) {
  service_->on_open = nullptr;
  start();
  ASSERT_TRUE(wait([&] { return !service_->sides.empty(); }));
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  ASSERT_TRUE(wait([&] { return service_->side().closed.has_value(); }));
  EXPECT_EQ(service_->upgrades.size(), 1U);
}

TEST_F(ClientTest, StopWhileWaiting) {
  service_->refuse_with = {503};
  options_.reconnect = {50ms, 50ms, 50ms};
  start();
  ASSERT_TRUE(wait([&] { return client_->state() == ClientState::Waiting; }));
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_FALSE(wait([&] { return service_->upgrades.size() > 1; }, 100ms));
  EXPECT_EQ(client_->state(), ClientState::Stopped);
}

TEST_F(ClientTest, StopFromACallback) {
  listener_.then_on_disconnected = [&] { client_->stop(); };
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_EQ(listener_.connected.size(), 1U);
}

TEST_F(ClientTest, StartsAgainAfterAStop) {
  connect();
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  client_->start();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
}

}  // namespace
}  // namespace webpubsub
