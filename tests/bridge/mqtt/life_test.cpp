// What the watchdog is fed with: whether the library's threads still work.

#include <atomic>
#include <future>
#include <utility>

#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

/// Holds up Paho's receiving thread, and with it the library's lock, until told otherwise.
class HangingReceiver final : public MqttReceiver {
 public:
  ~HangingReceiver() override { let_go(); }
  MqttTaken on_message(const MqttMessage&) noexcept override {
    hangs = true;
    released_.wait();
    return MqttTaken::Yes;
  }
  void let_go() {
    if (!std::exchange(let_go_, true)) release_.set_value();
  }
  std::atomic<bool> hangs{false};

 private:
  bool let_go_ = false;
  std::promise<void> release_;
  std::shared_future<void> released_{release_.get_future().share()};
};

class SignsOfLife : public EngineTest {
 protected:
  /// Whether a sign of life comes that is later than `since`.
  bool lives_after(MqttEngine& engine, webpubsub::TimePoint since) {
    return run_until([&] { return engine.last_sign_of_life() > since; });
  }

  /// Asks for signs of life for as long.
  void pass(std::chrono::milliseconds time, MqttEngine& engine) {
    bool over = false;
    webpubsub::net::Timer timer(*loop_, [&] { over = true; });
    timer.start_after(time);
    ASSERT_TRUE(run_until([&] {
      static_cast<void>(engine.last_sign_of_life());
      return over;
    }));
  }

  support::Mosquitto broker_{};
};

TEST_F(SignsOfLife, ComeWithAndWithoutAConnection) {
  auto gateway = peer(broker_.url(), "gateway");
  EXPECT_TRUE(lives_after(*gateway.engine, webpubsub::steady_now())) << "not started";
  ASSERT_TRUE(gateway.connect());
  EXPECT_TRUE(lives_after(*gateway.engine, webpubsub::steady_now()));
  broker_.stop();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  EXPECT_TRUE(lives_after(*gateway.engine, webpubsub::steady_now())) << "the broker is away";
}

TEST_F(SignsOfLife, EndWhileTheLibraryHangs) {
  HangingReceiver receiver;
  LinkRecorder link;
  auto made = make_paho_engine(*loop_, options_for(broker_.url(), "gateway"), {{"t", 1}}, receiver,
                               link, log_);
  ASSERT_TRUE(made);
  auto& engine = **made;
  engine.start();
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(run_until([&] { return link.connects.size() == 1; }));
  ASSERT_TRUE(lives_after(engine, webpubsub::steady_now()));
  ASSERT_TRUE(device.connect());
  ASSERT_EQ(device.engine->publish({.topic = "t", .payload = "x"}, {}), webpubsub::Offer::Accepted);
  ASSERT_TRUE(run_until([&] { return receiver.hangs.load(); }));

  // An answer given before may still be under way; then there are no more.
  pass(200ms, engine);
  const auto hung = webpubsub::steady_now();
  pass(200ms, engine);
  EXPECT_LT(engine.last_sign_of_life(), hung);
  receiver.let_go();
  EXPECT_TRUE(lives_after(engine, hung));
}

}  // namespace
}  // namespace gateway
