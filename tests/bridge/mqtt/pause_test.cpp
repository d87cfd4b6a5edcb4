// A link that is told that no more is to come.

#include <chrono>
#include <string>
#include <vector>

#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::Mosquitto;
using support::TcpProxy;

class Pause : public EngineTest {
 protected:
  static constexpr int kWindow = 10;  // less than the broker lets a publisher have in flight

  /// Each is acknowledged by the broker when this returns.
  void publish(Peer& device, int from, int end) {
    int done = 0;
    int next = from;
    EXPECT_TRUE(run_until([&] {
      const auto count = [&](const webpubsub::Result<void>& result) { done += result ? 1 : 0; };
      while (next < end && next - from - done < kWindow &&
             device.engine->publish({"a", std::to_string(next), 1}, count) ==
                 webpubsub::Offer::Accepted) {
        ++next;
      }
      return done == end - from;
    }));
  }

  Mosquitto broker_{"allow_anonymous true\nmax_queued_messages 0\n"};
};

TEST_F(Pause, TheBrokerKeepsWhatComesAfterTheLastMessage) {
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(device.connect());
  gateway.received.end_with(3);
  publish(device, 0, 3);
  ASSERT_TRUE(run_until([&] { return gateway.link.pauses == 1; }));
  EXPECT_FALSE(gateway.engine->is_connected());
  publish(device, 3, 500);
  EXPECT_EQ(gateway.received.count(), 3U);
  EXPECT_TRUE(gateway.link.disconnects.empty()) << "nobody lost a connection";

  gateway.received.end_with(1000);
  gateway.engine->resume();
  ASSERT_TRUE(gateway.received_at_least(500));
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  EXPECT_TRUE(gateway.link.connects[1].session_present);
  const auto messages = gateway.received.messages();
  ASSERT_EQ(messages.size(), 500U);
  for (std::size_t i = 0; i < 500; ++i) EXPECT_EQ(messages[i].payload, std::to_string(i));
}

TEST_F(Pause, LosesNothingInTheMidstOfAFlood) {
  constexpr std::size_t kMessages = 1000;
  constexpr int kPauses = 2;
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(device.connect());
  gateway.engine->pause();
  ASSERT_TRUE(run_until([&] { return gateway.link.pauses == 1; }));
  publish(device, 0, kMessages);
  gateway.received.end_with(1);  // each time, while the broker sends as fast as it can
  for (int pauses = 2; pauses <= kPauses; ++pauses) {
    gateway.engine->resume();
    ASSERT_TRUE(run_until([&] { return gateway.link.pauses == pauses; }));
  }
  gateway.received.end_with(std::numeric_limits<std::size_t>::max());
  gateway.engine->resume();
  // The connection may end before the broker hears that we have the latest: those come twice.
  ASSERT_TRUE(run_until([&] {
    std::set<std::string> different;
    for (const auto& message : gateway.received.messages()) different.insert(message.payload);
    return different.size() == kMessages;
  }));
  EXPECT_EQ(gateway.link.pauses, kPauses);
}

TEST_F(Pause, StartsPaused) {
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  gateway.engine->pause();
  gateway.engine->start();
  ASSERT_TRUE(run_until([&] { return gateway.link.pauses == 1; }));
  const auto alive = gateway.engine->last_sign_of_life();
  ASSERT_TRUE(run_until([&] { return gateway.engine->last_sign_of_life() > alive; }));
  EXPECT_TRUE(gateway.link.connects.empty());
  gateway.engine->resume();
  EXPECT_TRUE(run_until([&] { return gateway.engine->is_connected(); }));
}

TEST_F(Pause, EndsTheWaitForTheNextAttempt) {
  TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  wire.cut();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  gateway.engine->pause();
  ASSERT_TRUE(run_until([&] { return gateway.link.pauses == 1; }));
  wire.mend();
  gateway.engine->resume();
  ASSERT_TRUE(run_until([&] { return gateway.engine->is_connected(); }));
  EXPECT_TRUE(gateway.link.connects.back().session_present);
}

TEST_F(Pause, IsOverAtOnceWhenItIsTakenBack) {
  bool asked = false;
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  for (int i = 0; i < 10; ++i) {
    gateway.engine->pause();
    gateway.engine->resume();
  }
  // Anywhere in between a connection may have been made, and ended by the next pause.
  ASSERT_TRUE(run_until([&] {
    const auto answered = [&](const webpubsub::Result<void>&) { asked = false; };
    if (gateway.engine->is_connected() && !asked) {
      asked = gateway.engine->publish({"a", "1", 1}, answered) == webpubsub::Offer::Accepted;
    }
    return gateway.received.count() > 0;
  }));
  EXPECT_GE(gateway.link.pauses, 1);
  EXPECT_GE(gateway.link.connects.size(), 2U);
  EXPECT_LE(gateway.link.connects.size(), static_cast<std::size_t>(gateway.link.pauses) + 1);
}

TEST_F(Pause, MayBeStoppedAndAimedElsewhere) {
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  gateway.engine->pause();
  ASSERT_TRUE(run_until([&] { return gateway.link.pauses == 1; }));
  EXPECT_TRUE(gateway.engine->set_options(options_for(broker_.url(), "other"), true));
  gateway.engine->resume();
  ASSERT_TRUE(run_until([&] { return gateway.engine->is_connected(); }));
  EXPECT_FALSE(gateway.link.connects.back().session_present) << "it is another client";
  gateway.engine->pause();
  ASSERT_TRUE(run_until([&] { return gateway.link.pauses == 2; }));
  bool stopped = false;
  gateway.engine->stop([&](const webpubsub::Result<void>& result) {
    EXPECT_TRUE(result);
    stopped = true;
  });
  EXPECT_TRUE(run_until([&] { return stopped; }));
}

TEST_F(Pause, IsNoneOnceTheLinkStops) {
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  bool stopped = false;
  gateway.engine->stop([&](const webpubsub::Result<void>& result) {
    EXPECT_TRUE(result);
    stopped = true;
  });
  gateway.engine->pause();
  EXPECT_TRUE(run_until([&] { return stopped; }));
  EXPECT_EQ(gateway.link.pauses, 0);
}

// What the uplink's intake relies on: it tells its messages apart without a lock.
TEST_F(Pause, AllLinksHaveOneReceivingThread) {
  auto first = peer(broker_.url(), "first", {{"a", 1}});
  auto second = peer(broker_.url(), "second", {{"a", 1}});
  for (auto* each : {&first, &second}) ASSERT_TRUE(each->connect());
  publish(first, 0, 100);
  ASSERT_TRUE(first.received_at_least(100));
  ASSERT_TRUE(second.received_at_least(100));
  EXPECT_EQ(first.received.threads().size(), 1U);
  EXPECT_EQ(first.received.threads(), second.received.threads());
}

}  // namespace
}  // namespace gateway
