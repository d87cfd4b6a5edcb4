#include "bridge/rules/thin/thinner.h"

#include <gmock/gmock.h>

#include "tests/bridge/rules/stage_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

/// One character for each reading: '+' forwarded, '-' left out. A second apart.
class Thinning {
 public:
  explicit Thinning(ThinOptions options) : thinner_(std::move(options), topics_) {}

  char reading(const std::string& payload, std::string_view topic = "s/berlin/d1",
               std::string_view device = "d1") {
    const TestMessage message(payload);
    Arena arena;
    Sample sample;
    Select({}, topics_, "edge").run(message.view(), arena, sample);
    const std::vector<std::string_view> captured{"berlin", device};
    const MessageView view{
        .topic = topic, .captured = captured, .payload = payload, .document = document_};
    now_ += 1s;
    return passes(thinner_.decide(view, sample, now_, arena)) ? '+' : '-';
  }
  std::string readings(const std::vector<std::string>& values) {
    std::string result;
    for (const auto& value : values) result += reading("{\"t\":" + value + "}");
    return result;
  }
  std::size_t keys() const { return thinner_.keys(); }
  Thinner& thinner() { return thinner_; }
  void wait(std::chrono::seconds time) { now_ += time; }

 private:
  RuleTopics topics_ = TestMessage::topics();
  Document document_{};
  Thinner thinner_;
  TimePoint now_ = kStart;
};

TEST(Thinner, DeadbandIsAroundTheValueForwardedLast) {
  Thinning thinning({.deadband = {{"t", 0.5, false}}});
  EXPECT_EQ(thinning.readings({"20", "20.4", "20.5", "20.6", "20.2", "20.0"}), "+--+-+");
  EXPECT_EQ(thinning.readings({"19", "\"x\"", "\"x\"", "19"}), "++-+");
}

TEST(Thinner, DeadbandInPercent) {
  Thinning thinning({.deadband = {{"t", 10, true}}});
  EXPECT_EQ(thinning.readings({"100", "109", "111", "100", "99", "0", "0.001"}), "+-+-+++");
}

TEST(Thinner, ZeroFalseNullAndAbsentAreDifferent) {
  Thinning thinning({.on_change = {"t"}});
  EXPECT_EQ(thinning.readings({"0", "0.0", "false", "false", "null", "null"}), "+-+-+-");
  EXPECT_EQ(thinning.reading("{}"), '+');
  EXPECT_EQ(thinning.reading("{}"), '-');
  EXPECT_EQ(thinning.readings({"null", "\"0\"", "0", "[0]", "[0]", "[1]"}), "++++-+");
}

TEST(Thinner, HeartbeatsAndRests) {
  Thinning heartbeat({.on_change = {"t"}, .max_interval = 3s});
  EXPECT_EQ(heartbeat.readings({"1", "1", "1", "1", "1", "2", "2", "2", "2"}), "+--+-+--+");
  Thinning rest({.min_interval = 3s});
  EXPECT_EQ(rest.readings({"1", "2", "3", "4", "5", "6", "7"}), "+--+--+");
  Thinning every({.every = 3});
  EXPECT_EQ(every.readings({"1", "2", "3", "4", "5", "6", "7"}), "+--+--+");
}

TEST(Thinner, EachKeyHasItsOwnState) {
  Thinning by_topic({.on_change = {"t"}});
  EXPECT_EQ(by_topic.reading("{\"t\":1}", "s/berlin/d1"), '+');
  EXPECT_EQ(by_topic.reading("{\"t\":1}", "s/berlin/d2"), '+');
  EXPECT_EQ(by_topic.reading("{\"t\":1}", "s/berlin/d1"), '-');
  Thinning by_device({.on_change = {"t"}, .per = "device"});
  EXPECT_EQ(by_device.reading("{\"t\":1}", "a", "d1"), '+');
  EXPECT_EQ(by_device.reading("{\"t\":1}", "b", "d1"), '-');
  EXPECT_EQ(by_device.reading("{\"t\":1}", "a", "d2"), '+');
}

TEST(Thinner, ForgetsTheKeyUnheardOfForLongest) {
  Thinning thinning({.on_change = {"t"}, .per = "device"});
  for (std::size_t i = 0; i < Thinner::kMaxKeys; ++i) {
    thinning.reading("{\"t\":1}", "a", std::to_string(i));
  }
  EXPECT_EQ(thinning.reading("{\"t\":1}", "a", "0"), '-');
  EXPECT_EQ(thinning.reading("{\"t\":1}", "a", "one more"), '+');
  EXPECT_EQ(thinning.keys(), Thinner::kMaxKeys);
  EXPECT_EQ(thinning.reading("{\"t\":1}", "a", "0"), '-');
  EXPECT_EQ(thinning.reading("{\"t\":1}", "a", "1"), '+');
}

TEST(Thinner, GoesOnAfterARestart) {
  const ThinOptions options{.deadband = {{"t", 1}}, .on_change = {"on"}, .max_interval = 60s};
  Thinning before(options);
  EXPECT_EQ(before.reading(R"({"t":20,"on":false})"), '+');
  EXPECT_EQ(before.reading(R"({"t":7})", "s/berlin/d2"), '+');
  EXPECT_TRUE(before.thinner().is_unsaved());
  const auto saved = before.thinner().save(5000);
  EXPECT_FALSE(before.thinner().is_unsaved());

  Thinning after(options);
  after.thinner().restore(saved, 5000);
  EXPECT_EQ(after.keys(), 2U);
  EXPECT_EQ(after.reading(R"({"t":20.5,"on":false})"), '-');
  EXPECT_EQ(after.reading(R"({"t":20,"on":0})"), '+');
  EXPECT_EQ(after.reading(R"({"t":7})", "s/berlin/d2"), '-');
  after.wait(60s);
  EXPECT_EQ(after.reading(R"({"t":7})", "s/berlin/d2"), '+');
}

TEST(Thinner, KnowsBetterThanWhatWasSavedBefore) {
  const ThinOptions options{.on_change = {"t"}};
  Thinning before(options);
  before.reading("{\"t\":1}", "a");
  before.reading("{\"t\":1}", "b");
  before.reading("{\"t\":1}", "c");
  const auto saved = before.thinner().save(0);
  Thinning after(options);
  after.reading("{\"t\":2}", "c");
  after.thinner().restore(saved, 0);
  EXPECT_EQ(after.keys(), 3U);
  EXPECT_EQ(after.reading("{\"t\":2}", "c"), '-');
  EXPECT_EQ(after.reading("{\"t\":1}", "a"), '-');
}

TEST(Thinner, LeavesOutWhatItDidNotSave) {
  const ThinOptions options{.on_change = {"t"}};
  Thinning before(options);
  EXPECT_EQ(before.reading(R"({"t":"a b"})"), '+');
  const auto saved = before.thinner().save(0);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    Thinning after(options);
    after.thinner().restore(saved.substr(0, size), 0);
    EXPECT_EQ(after.keys(), 0U) << size;
  }
  Thinning twice(options);
  twice.thinner().restore(saved, 0);
  twice.thinner().restore(saved, 0);
  EXPECT_EQ(twice.keys(), 1U);
}

}  // namespace
}  // namespace gateway
