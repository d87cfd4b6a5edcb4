// The stages of a rule as its line runs them: what comes out, and that the books balance.

#include <array>
#include <memory>
#include <random>

#include <gmock/gmock.h>

#include "bridge/uplink/rule_lines.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

class Stages : public testing::Test {
 protected:
  RuleOptions rule_ = [] {
    const RuleTopics topics({*TopicPattern::parse("s/{site}/{device}")});
    return RuleOptions{.name = "r", .topics = topics, .group = *parse_group("g", topics)};
  }();

  void select(const std::string& name, std::string_view from) {
    rule_.select.push_back(*parse_selected_field(name, from, rule_.topics));
  }
  void where(std::string_view text) {
    rule_.where = *Expression::parse(text, {rule_.topics.variables(), nullptr});
  }
  void take(std::string_view payload, TimePoint now = kStart) {
    if (!line_) line_ = std::make_unique<RuleLine>(0, rule_, "edge-01", buffers_);
    const Reading reading{
        .time = 1, .arrived = now, .topic = "s/berlin/d1", .payload = payload, .qos = 1};
    ++counts_.received;
    static_cast<void>(line_->take(reading, now, closed_));
  }
  /// The "samples" of everything taken.
  std::string samples() {
    line_->close_all(closed_);
    std::string all;
    for (const auto& batch : closed_) {
      const auto from = batch.bytes.find("\"samples\":[") + 11;
      all += batch.bytes.substr(from, batch.bytes.size() - from - 2);
      EXPECT_TRUE(webpubsub::is_valid_json(batch.bytes)) << batch.bytes;
    }
    return all;
  }
  RuleCounts counts() {
    auto counts = counts_;
    line_->add_counts(counts);
    for (const auto& batch : closed_) counts.forwarded += batch.samples;
    counts.pending = line_->pending();
    return counts;
  }
  std::uint64_t dropped(DropReason reason) {
    return counts().dropped[static_cast<std::size_t>(reason)];
  }
  std::uint64_t filtered(FilterReason reason) {
    return counts().filtered[static_cast<std::size_t>(reason)];
  }

  BufferPool buffers_;
  RuleCounts counts_{};
  std::unique_ptr<RuleLine> line_;
  std::vector<Batch> closed_;
};

TEST_F(Stages, SelectAndConvertMakeTheFields) {
  select("temperature", "/data/0/t");
  select("place", "{site}/{device}");
  select("raw", "/data");
  rule_.select.push_back({.name = "model",
                          .source = SelectedField::Source::Constant,
                          .constant = {Value::Kind::Text, "TH\"3"}});
  rule_.convert = {{.field = "temperature", .scale = 0.1, .unit = "Cel"}};
  take(R"({"data":[{"t":215}, 1.50]})");
  EXPECT_EQ(samples(),
            R"({"topic":"s/berlin/d1","time":1,"site":"berlin","device":"d1",)"
            R"("units":{"temperature":"Cel"},"data":{"temperature":21.5,"place":"berlin/d1",)"
            R"("raw":[{"t":215}, 1.50],"model":"TH\"3"}})");
}

TEST_F(Stages, WithoutSelectTheMembersOfThePayloadAreTheFields) {
  rule_.convert = {{.field = "t", .round = 1}};
  take(R"({ "n":12345678901234567890.10, "t":2.345,"s":"a\u0062" })");
  EXPECT_THAT(samples(), HasSubstr(R"("data":{"n":12345678901234567890.10,"t":2.3,"s":"ab"}})"));
}

TEST_F(Stages, APayloadThatOnlyIsLookedAtGoesOnByteForByte) {
  where("t > 1 && device == 'd1'");
  take(R"({ "t": 2.50,"t2":"\u0061" })");
  take(R"({"t":1})");
  take("[]");
  take("{");
  EXPECT_THAT(samples(), HasSubstr(R"("data":{ "t": 2.50,"t2":"\u0061" }})"));
  EXPECT_EQ(filtered(FilterReason::Where), 2U);
  EXPECT_EQ(dropped(DropReason::Malformed), 1U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(Stages, TextIsOneValue) {
  rule_.payload = PayloadType::Text;
  rule_.convert = {{.field = "value", .number = true, .scale = 2}};
  take(" 21.5 ");
  take("n/a");
  take("\xFF");
  EXPECT_THAT(samples(), HasSubstr(R"("device":"d1","data":43})"));
  EXPECT_EQ(dropped(DropReason::Unconvertible), 1U);
  EXPECT_EQ(dropped(DropReason::Malformed), 1U);
}

TEST_F(Stages, AMessageMayHoldSeveralReadings) {
  rule_.payload = PayloadType::Csv;
  rule_.csv.columns = {"t", "h"};
  rule_.convert = {{.field = "t", .scale = 0.1}};
  where("t > 0");
  take("215,40\n-5,41\nx,42\n220,43");
  take("\n");
  take("1,2,3");
  EXPECT_EQ(
      samples(),
      R"({"topic":"s/berlin/d1","time":1,"site":"berlin","device":"d1","data":{"t":21.5,"h":40}},)"
      R"({"topic":"s/berlin/d1","time":1,"site":"berlin","device":"d1","data":{"t":22,"h":43}})");
  EXPECT_EQ(counts().received, 6U);
  EXPECT_EQ(filtered(FilterReason::Where), 1U);
  EXPECT_EQ(filtered(FilterReason::Empty), 1U);
  EXPECT_EQ(dropped(DropReason::Unconvertible), 1U);
  EXPECT_EQ(dropped(DropReason::Malformed), 1U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(Stages, TheTimeOfAReadingIsThatOfItsPayload) {
  rule_.payload = PayloadType::Senml;
  rule_.time.max_skew = 0ms;
  take(R"([{"bn":"d/","bt":1763690400.5,"n":"t","v":21.50}])");
  EXPECT_EQ(samples(), R"({"topic":"s/berlin/d1","time":1763690400500,"site":"berlin",)"
                       R"("device":"d1","data":{"n":"d/t","v":21.50}})");
}

TEST_F(Stages, ReadsTheTimeOfADeviceAndMarksAClockThatIsOff) {
  rule_.time = {.source = TimeOptions::Source::Field, .at = *Pointer::parse("/ts")};
  where("time > 1000000000000");
  take(R"({"ts":1763690400})");
  take(R"({"ts":"soon"})");
  EXPECT_EQ(samples(), R"({"topic":"s/berlin/d1","time":1763690400000,"skew":1763690399999,)"
                       R"("site":"berlin","device":"d1","data":{"ts":1763690400}})");
  EXPECT_EQ(filtered(FilterReason::Where), 1U);
}

TEST_F(Stages, AWindowTellsItsReadingsOnce) {
  rule_.window = {
      .count = 3, .per = "/id", .compute = {{"t", {{WindowFunction::Kind::Mean}}, true}}};
  where("t < 100");
  for (const char* payload : {R"({"id":"a","t":1})", R"({"id":"a","t":2})", R"({"id":"b","t":5})",
                              R"({"id":"a","t":999})", R"({"id":"a","t":6})"}) {
    take(payload);
    EXPECT_TRUE(counts().adds_up());
  }
  EXPECT_EQ(counts().pending, 4U);
  EXPECT_EQ(samples(), R"({"topic":"s/berlin/d1","time":1,"site":"berlin","device":"d1",)"
                       R"("data":{"t":3}})");
  EXPECT_EQ(counts().forwarded, 3U);
  EXPECT_EQ(counts().pending, 1U);
  line_->finish_windows(kStart, closed_);
  line_->close_all(closed_);
  EXPECT_EQ(counts().forwarded, 4U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(Stages, AWindowIsToldWhenItsTimeIsOverWithoutAnotherReading) {
  rule_.window = {.every = 10s, .compute = {{"t", {{WindowFunction::Kind::Max}}, true}}};
  take(R"({"t":7})");
  EXPECT_EQ(line_->next_window(), kStart + 10s);
  line_->close_windows(kStart + 9s, closed_);
  EXPECT_EQ(counts().pending, 1U);
  line_->close_windows(kStart + 10s, closed_);
  EXPECT_EQ(line_->next_window(), TimePoint::max());
  EXPECT_THAT(samples(), HasSubstr(R"("time":10000,"site":"berlin","device":"d1","data":{"t":7})"));
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(Stages, AWindowCountsWhatItCannotTake) {
  rule_.time = {
      .source = TimeOptions::Source::Field, .at = *Pointer::parse("/ts"), .max_skew = 0ms};
  rule_.window = {.every = 10s, .compute = {{"t", {{WindowFunction::Kind::Max}}, true}}};
  rule_.group = *parse_group("{/room}", rule_.topics);
  take(R"({"t":7,"room":"a"})");
  take(R"({"t":7,"room":""})");
  EXPECT_EQ(dropped(DropReason::InvalidGroup), 1U);
  line_->close_windows(kStart + 20s, closed_);
  take(R"({"t":7,"room":"a","ts":100000000})");
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(Stages, CountsWhatLacksEveryField) {
  select("t", "/t");
  select("h", "/h");
  take(R"({"h":1})");
  take(R"({"x":1})");
  EXPECT_THAT(samples(), HasSubstr(R"("data":{"h":1}})"));
  EXPECT_EQ(dropped(DropReason::NoFields), 1U);
}

TEST_F(Stages, TheFormatPayloadSendsWhatTheStagesMade) {
  rule_.payload = PayloadType::Text;
  rule_.format = Format::Payload;
  rule_.convert = {{.field = "value", .number = true}};
  take("7.0");
  ASSERT_EQ(closed_.size(), 1U);
  EXPECT_EQ(closed_[0].bytes, "7");
  EXPECT_EQ(closed_[0].type, webpubsub::DataType::Json);
}

TEST_F(Stages, ThinsAfterConvertingAndFiltering) {
  rule_.convert = {{.field = "t", .round = 0}};
  where("t > 0");
  rule_.thin.on_change = {"t"};
  for (const char* t : {"1.1", "1.2", "-1", "0.9", "1.6"}) {
    take("{\"t\":" + std::string(t) + "}");
  }
  line_->close_all(closed_);
  EXPECT_EQ(filtered(FilterReason::Where), 1U);
  EXPECT_EQ(filtered(FilterReason::Thin), 2U);
  EXPECT_EQ(counts().forwarded, 2U);
  EXPECT_TRUE(counts().adds_up());
}

/// Random rules on random payloads: whatever becomes of a reading, it is counted once.
TEST_F(Stages, TheBooksBalanceWhateverComes) {
  std::mt19937 random(5);  // the same in every run
  const auto one_in = [&](unsigned many) { return random() % many == 0; };
  constexpr std::array kValues = {"1",    "-2.50", "1e300", "\"x\"", "\"7\"",
                                  "null", "true",  "[1]",   "{}"};
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::array<std::uint64_t, kFilterReasons> filtered{};
  for (int round = 0; round < 300; ++round) {
    rule_.select.clear();
    rule_.convert.clear();
    rule_.where.reset();
    rule_.thin = {};
    if (one_in(2)) select("t", "/t");
    if (one_in(2)) {
      rule_.convert = {{.field = "t", .number = one_in(2), .scale = one_in(2) ? 1 : 1e10}};
    }
    if (one_in(2)) where("t != 1 || exists(/u)");
    if (one_in(2)) rule_.thin = {.on_change = {"t"}, .every = 1 + random() % 3};
    rule_.group = *parse_group(one_in(3) ? "{/t}" : "g", rule_.topics);
    line_.reset();
    closed_.clear();
    counts_ = {};
    for (int i = 0; i < 60; ++i) {
      std::string payload = "{\"t\":" + std::string(kValues[random() % kValues.size()]) + "}";
      if (one_in(10)) payload = "{\"u\":1}";
      if (one_in(10)) payload.pop_back();
      take(payload);
      ASSERT_TRUE(counts().adds_up());
    }
    static_cast<void>(samples());
    const auto all = counts();
    ASSERT_TRUE(all.adds_up());
    for (std::size_t i = 0; i < kDropReasons; ++i) dropped[i] += all.dropped[i];
    for (std::size_t i = 0; i < kFilterReasons; ++i) filtered[i] += all.filtered[i];
  }
  for (const auto reason : {DropReason::Malformed, DropReason::NoFields, DropReason::Unconvertible,
                            DropReason::InvalidGroup}) {
    EXPECT_GT(dropped[static_cast<std::size_t>(reason)], 0U) << to_string(reason);
  }
  EXPECT_GT(filtered[static_cast<std::size_t>(FilterReason::Where)], 0U);
  EXPECT_GT(filtered[static_cast<std::size_t>(FilterReason::Thin)], 0U);
}

}  // namespace
}  // namespace gateway
