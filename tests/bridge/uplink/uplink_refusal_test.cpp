// What the uplink makes of a service that refuses batches, or ends the connection over them.

#include <gmock/gmock.h>

#include "bridge/uplink/uplink.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_folder.h"
#include "tests/webpubsub/scripted_service.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::run_until;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using webpubsub::Ack;
using webpubsub::SendToGroup;
using webpubsub::ServiceSide;
using webpubsub::UpstreamFrame;

class EventsSink final : public webpubsub::LogSink {
 public:
  void write(const webpubsub::LogRecord& record) override { events.emplace_back(record.event); }
  std::vector<std::string> events{};
};

class UplinkRefusal : public testing::Test, private webpubsub::ClientListener {
 protected:
  void SetUp() override {
    service_ = std::make_unique<webpubsub::ScriptedService>(*loop_);
    credential_ = webpubsub::make_url_credential(webpubsub::Secret(service_->url()));
    store_.emplace(StoreOptions{.directory = folder_.file("data")}, [] {});
    store_->open();
    service_->on_frame = [this](ServiceSide& side, const UpstreamFrame& frame) {
      if (closed_ == &side) return;  // what was on its way
      const auto* send = std::get_if<SendToGroup>(&frame);
      if (send == nullptr) return webpubsub::ScriptedService::answer_well(side, frame);
      ++sends_;
      answer_(side, *send);
    };
  }
  void TearDown() override { uplink_.reset(); }

  void start(std::vector<RuleOptions> rules,
             const webpubsub::Codec& codec = webpubsub::json_codec(), UplinkOptions options = {}) {
    client_ = webpubsub::Client::create(
        *loop_, *credential_, {.codec = &codec, .reconnect = {1ms, 1ms, 20ms}}, *this, log_);
    uplink_ = std::make_unique<Uplink>(*loop_, "edge-01", std::move(rules), options, *client_, log_,
                                       &*store_);
    client_->start();
    ASSERT_TRUE(run_until(*loop_, [&] { return online_; }));
  }

  /// Each reading is a batch: the payload as it came.
  static RuleOptions rule(const std::string& name, const std::string& topic, StoreMode store) {
    const RuleTopics topics({*TopicPattern::parse(topic)});
    RuleOptions options{.name = name, .topics = topics, .group = *parse_group(name, topics)};
    options.send = SendMode::Acknowledged;
    options.store = store;
    options.batch.max_samples = 1;
    options.replay.rate = 10'000;
    return options;
  }
  static RuleOptions durable(const std::string& name = "meters", const std::string& topic = "m/+") {
    return rule(name, topic, StoreMode::Disk);
  }

  void publish(const std::string& topic, int count) {
    for (int i = 0; i < count; ++i) {
      const auto payload = std::to_string(i);
      uplink_->receiver().on_message({.topic = topic, .payload = payload});
    }
  }
  RuleCounts counts(std::size_t of = 0) { return uplink_->counts().rules[of]; }
  std::uint64_t dropped(DropReason reason, std::size_t of = 0) {
    return counts(of).dropped[static_cast<std::size_t>(reason)];
  }
  std::vector<std::string> in_quarantine() {
    std::vector<std::string> found;
    uplink_->look_at_queue("", QueuePlace::Quarantine, 0, [&](const WaitingItem& item) {
      found.emplace_back(item.payload);
      return true;
    });
    return found;
  }
  static void accept(ServiceSide& side, const SendToGroup& send) {
    side.send(Ack{*send.ack_id, true, {}, {}});
  }
  static std::function<void(ServiceSide&, const SendToGroup&)> answer(const std::string& name) {
    return [name](ServiceSide& side, const SendToGroup& send) {
      side.send(Ack{*send.ack_id, false, name, "so it is"});
    };
  }
  void close(ServiceSide& side, std::uint16_t code) {
    closed_ = &side;
    side.socket().close(code, "so it is");
  }
  /// Ends the connection with `end` each time the batch with that reading arrives.
  void poison_is(const std::string& reading, std::function<void(ServiceSide&)> end) {
    answer_ = [this, reading, end = std::move(end)](ServiceSide& side, const SendToGroup& send) {
      if (send.data.bytes.find("\"data\":" + reading + "}") == std::string::npos) {
        return accept(side, send);
      }
      ++ends_;
      end(side);
    };
  }

  void on_connected(const webpubsub::Connected&) override {
    online_ = true;
    ++connections_;
    if (uplink_) uplink_->on_link_up();
  }
  void on_disconnected(const webpubsub::Error& why,
                       std::optional<std::chrono::milliseconds>) override {
    online_ = false;
    if (uplink_) uplink_->on_link_down(why);
  }
  void on_recovering(const webpubsub::Error& why) override { on_disconnected(why, {}); }
  void on_recovered() override {
    online_ = true;
    if (uplink_) uplink_->on_link_up();
  }
  void on_drain() override { uplink_->on_link_drain(); }

  const support::TempFolder folder_{};
  EventsSink sink_;
  webpubsub::Log log_{sink_, webpubsub::LogLevel::Warning};
  std::unique_ptr<webpubsub::net::EventLoop> loop_ = *webpubsub::net::EventLoop::create(log_);
  std::unique_ptr<webpubsub::ScriptedService> service_;
  std::unique_ptr<webpubsub::Credential> credential_;
  std::optional<Store> store_{};
  std::unique_ptr<webpubsub::Client> client_;
  std::unique_ptr<Uplink> uplink_;
  std::function<void(ServiceSide&, const SendToGroup&)> answer_ = accept;
  const ServiceSide* closed_ = nullptr;
  std::size_t sends_ = 0;
  int ends_ = 0;
  int connections_ = 0;
  int fresh_ = 0;
  bool online_ = false;
};

TEST_F(UplinkRefusal, AnErrorThatNobodyKnowsDoesNotSpin) {
  answer_ = answer("BrandNew");
  start({durable()});
  publish("m/a", 20);
  ASSERT_TRUE(run_until(*loop_, [&] { return dropped(DropReason::Failed) == 1; }));
  EXPECT_LE(sends_, 20U + 5U);
  EXPECT_THAT(in_quarantine(), SizeIs(1));
  EXPECT_THAT(sink_.events, Contains("uplink.refused"));
  answer_ = accept;
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 19; }));
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkRefusal, ARoleThatIsMissingDrainsNoSpoolAndHoldsUpNobodyElse) {
  answer_ = [](ServiceSide& side, const SendToGroup& send) {
    if (send.group == "others") return accept(side, send);
    answer("Forbidden")(side, send);
  };
  start({durable(), durable("others", "o/+"), rule("memory", "r/+", StoreMode::Memory)});
  publish("m/a", 500);
  publish("r/a", 20);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts(0).refused && counts(2).refused; }));
  publish("o/a", 500);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts(1).forwarded == 500; }));
  EXPECT_EQ(counts(0).pending, 500U);
  EXPECT_EQ(counts(2).pending, 20U);
  EXPECT_EQ(counts(0).dropped_total() + counts(2).dropped_total(), 0U);
  EXPECT_FALSE(counts(1).refused);
  EXPECT_EQ(std::count(sink_.events.begin(), sink_.events.end(), "uplink.refused"), 2);
  answer_ = accept;  // the role is granted
  ASSERT_TRUE(
      run_until(*loop_, [&] { return counts(0).forwarded == 500 && counts(2).forwarded == 20; }));
  EXPECT_FALSE(counts(0).refused || counts(2).refused);
}

TEST_F(UplinkRefusal, WhatTheServiceCallsInvalidIsKeptForALook) {
  answer_ = answer("BadRequest");
  start({durable()});
  publish("m/a", 2);
  ASSERT_TRUE(run_until(*loop_, [&] { return dropped(DropReason::Rejected) == 2; }));
  EXPECT_THAT(in_quarantine(), SizeIs(2));
}

TEST_F(UplinkRefusal, OfABatchThatEndsEachConnectionTheNeighboursArrive) {
  poison_is("5", [](ServiceSide& side) { side.cut(); });
  start({durable(), rule("memory", "r/+", StoreMode::Memory)});
  publish("m/a", 30);
  ASSERT_TRUE(run_until(*loop_, [&] {
    uplink_->receiver().on_message({.topic = "r/a", .payload = "1000"});
    return dropped(DropReason::Poison) == 1 && counts().forwarded == 29;
  }));
  EXPECT_TRUE(counts().adds_up());
  EXPECT_EQ(dropped(DropReason::Poison, 1), 0U);
  EXPECT_LE(ends_, 8);
  const auto found = in_quarantine();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0], HasSubstr("\"data\":5}"));
  EXPECT_EQ(*uplink_->purge_quarantine(), 1U);
  EXPECT_THAT(in_quarantine(), IsEmpty());
}

// Over a recovered connection the client sends the same again.
TEST_F(UplinkRefusal, WhereConnectionsAreRecoveredPoisonIsFoundAsWell) {
  service_->on_open = [this](ServiceSide& side) {
    const bool recovery = service_->upgrades.back().request.query.find("awps_reconnection_token") !=
                          std::string::npos;
    if (!recovery) ++fresh_;
    side.send(webpubsub::Connected{"id-" + std::to_string(fresh_), "user", "the token"});
  };
  poison_is("1", [this](ServiceSide& side) { close(side, 1009); });
  start({durable()}, webpubsub::json_reliable_codec());
  publish("m/a", 3);
  ASSERT_TRUE(run_until(
      *loop_, [&] { return dropped(DropReason::Poison) == 1 && counts().forwarded == 2; }));
  EXPECT_THAT(in_quarantine(), SizeIs(1));
}

TEST_F(UplinkRefusal, ServicesThatCloseForReasonsOfTheirOwnCondemnNobody) {
  const std::vector<std::uint16_t> codes{1000, 1001, 1012};
  std::size_t closes = 0;
  answer_ = [&](ServiceSide& side, const SendToGroup& send) {
    if (closes == 4 * codes.size()) return accept(side, send);
    close(side, codes[closes++ % codes.size()]);
  };
  start({durable()});
  publish("m/a", 3);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 3; }));
  EXPECT_EQ(counts().dropped_total(), 0U);
}

TEST_F(UplinkRefusal, AServiceThatClosesByPolicyIsSentLess) {
  start({durable()}, webpubsub::json_codec(), {.rate_limit = {.frames = 100}});
  publish("m/a", 20);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 20; }));
  EXPECT_EQ(uplink_->counts().gate.frame_rate, 100);
  close(service_->side(), 1008);
  ASSERT_TRUE(run_until(*loop_, [&] { return connections_ == 2 && online_; }));
  EXPECT_THAT(sink_.events, Contains("uplink.throttled"));
  const auto gate = uplink_->counts().gate;
  EXPECT_GE(gate.frame_rate, 1);
  EXPECT_LE(gate.frame_rate, 50);
  EXPECT_EQ(gate.throttled, 1U);
  publish("m/a", 2);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 22; }));
}

TEST_F(UplinkRefusal, AcksThatSayItIsTooMuchAreOneComplaint) {
  answer_ = answer("Throttled");
  start({durable()});
  publish("m/a", 50);
  ASSERT_TRUE(run_until(*loop_, [&] { return sends_ >= 50; }));
  answer_ = accept;
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded > 0; }));
  EXPECT_EQ(uplink_->counts().gate.throttled, 1U);
  EXPECT_EQ(counts().dropped_total(), 0U);
}

}  // namespace
}  // namespace gateway
