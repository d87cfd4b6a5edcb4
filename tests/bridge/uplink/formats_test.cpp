// The formats that a rule's readings leave in, and when batches do.

#include <memory>

#include <gmock/gmock.h>

#include "bridge/uplink/rule_line.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};
constexpr std::int64_t kArrival = 1'763'690'400'123;

class Formats : public testing::Test {
 protected:
  RuleOptions rule_ = [] {
    const RuleTopics topics({*TopicPattern::parse("s/{site}/{device}")});
    return RuleOptions{.name = "r", .topics = topics, .group = *parse_group("g", topics)};
  }();

  std::optional<DropReason> take(std::string_view payload, TimePoint now = kStart,
                                 std::string_view topic = "s/berlin/d1") {
    if (!line_) line_ = std::make_unique<RuleLine>(0, rule_, "edge-01", buffers_);
    const Reading reading{.time = kArrival, .arrived = now, .topic = topic, .payload = payload};
    return line_->take(reading, now, closed_);
  }
  std::string batch() {
    line_->close_all(closed_);
    if (closed_.size() != 1) return std::to_string(closed_.size()) + " batches";
    EXPECT_TRUE(webpubsub::is_valid_json(closed_[0].bytes)) << closed_[0].bytes;
    EXPECT_EQ(closed_[0].type, webpubsub::DataType::Json);
    return closed_[0].bytes;
  }
  void member(const std::string& name, std::string_view text) {
    rule_.object.push_back(*parse_object_member(name, text, rule_.topics));
  }

  BufferPool buffers_;
  std::unique_ptr<RuleLine> line_;
  std::vector<Batch> closed_;
};

TEST_F(Formats, SenmlHasARecordForEachValueThatItCanSay) {
  rule_.format = Format::Senml;
  rule_.convert = {{.field = "t", .scale = 0.1, .unit = "Cel"}};
  EXPECT_EQ(take(R"({"t":215,"on":true,"mode":"eco","nested":{},"none":null,"a b":1.50})"),
            std::nullopt);
  EXPECT_EQ(take(R"({"t":220})", kStart, "s/bonn/ä"), std::nullopt);
  EXPECT_EQ(take(R"({"nested":{}})"), DropReason::NoFields);
  EXPECT_EQ(batch(), R"([{"bn":"s/berlin/d1/","bt":1763690400.123,"n":"t","u":"Cel","v":21.5},)"
                     R"({"n":"on","vb":true},{"n":"mode","vs":"eco"},{"n":"a_b","v":1.50},)"
                     R"({"bn":"s/bonn/__/","bt":1763690400.123,"n":"t","u":"Cel","v":22}])");
}

TEST_F(Formats, SenmlOfABareValue) {
  rule_.format = Format::Senml;
  EXPECT_EQ(take("21.50"), std::nullopt);
  EXPECT_EQ(batch(), R"([{"bn":"s/berlin/d1/","bt":1763690400.123,"n":"value","v":21.50}])");
}

TEST_F(Formats, CloudEventsStandInABatchOfTheirOwn) {
  rule_.format = Format::CloudEvents;
  EXPECT_EQ(take(R"({ "t":21.50 })"), std::nullopt);
  EXPECT_EQ(take("{"), DropReason::Malformed);
  EXPECT_EQ(take("1"), std::nullopt);
  EXPECT_EQ(batch(), R"([{"specversion":"1.0","type":"webpubsub-gateway.reading",)"
                     R"("source":"/gateways/edge-01/rules/r","subject":"s/berlin/d1",)"
                     R"("id":"1763690400123-0","time":"2025-11-21T02:00:00.123Z",)"
                     R"("datacontenttype":"application/json","data":{ "t":21.50 }},)"
                     R"({"specversion":"1.0","type":"webpubsub-gateway.reading",)"
                     R"("source":"/gateways/edge-01/rules/r","subject":"s/berlin/d1",)"
                     R"("id":"1763690400123-1","time":"2025-11-21T02:00:00.123Z",)"
                     R"("datacontenttype":"application/json","data":1}])");
}

TEST_F(Formats, CloudEventsOfBytes) {
  rule_.format = Format::CloudEvents;
  rule_.payload = PayloadType::Binary;
  EXPECT_EQ(take(std::string_view("\x00\xFF", 2)), std::nullopt);
  EXPECT_THAT(batch(), testing::HasSubstr(R"("application/octet-stream","data_base64":"AP8="})"));
}

TEST_F(Formats, ARuleLaysOutItsOwnObjects) {
  rule_.format = Format::Object;
  rule_.convert = {{.field = "t", .scale = 0.1}};
  member("id", "{site}/{device}");
  member("value", "/t");
  member("at", "{time}");
  member("all", "/");
  rule_.object.push_back({.name = "v",
                          .source = ObjectMember::Source::Constant,
                          .constant = {Value::Kind::Number, "2"}});
  member("from", "{gateway.id} {rule} {topic}");
  member("none", "/missing");
  EXPECT_EQ(take(R"({"t":215})"), std::nullopt);
  EXPECT_EQ(take(R"({"t":220})"), std::nullopt);
  EXPECT_EQ(batch(), R"([{"id":"berlin/d1","value":21.5,"at":1763690400123,"all":{"t":21.5},"v":2,)"
                     R"("from":"edge-01 r s/berlin/d1","none":null},)"
                     R"({"id":"berlin/d1","value":22,"at":1763690400123,"all":{"t":22},"v":2,)"
                     R"("from":"edge-01 r s/berlin/d1","none":null}])");
}

TEST_F(Formats, JqMakesReadingsOfAMessage) {
  rule_.jq = *JqProgram::parse(".[] | {t: .}");
  rule_.jq.timeout = 10s;
  EXPECT_EQ(take("[1,2]"), std::nullopt);
  EXPECT_EQ(take("[]"), std::nullopt);
  EXPECT_EQ(take("{"), DropReason::Malformed);
  EXPECT_EQ(take("1"), DropReason::JqFailed);
  RuleCounts counts;
  line_->add_counts(counts);
  EXPECT_EQ(counts.received + 4, 5U);  // one more reading than messages
  EXPECT_EQ(counts.filtered[static_cast<std::size_t>(FilterReason::Empty)], 1U);
  EXPECT_EQ(line_->pending(), 2U);
}

TEST_F(Formats, AMessageHoldsSoManyReadingsAndNoMore) {
  rule_.jq = *JqProgram::parse(".");
  rule_.jq.timeout = 10s;
  rule_.payload = PayloadType::Csv;
  rule_.csv.columns = {"v"};
  std::string lines;
  for (std::size_t i = 0; i <= Decoded::kMaxReadings; ++i) lines += "1\n";
  EXPECT_EQ(take(lines), DropReason::TooMany);
  EXPECT_EQ(line_->pending(), 0U);
  EXPECT_EQ(take("1\n2\n"), std::nullopt);
  EXPECT_EQ(line_->pending(), 2U);
}

TEST_F(Formats, BatchesThatFillBillingStepsEndWhereOneDoes) {
  rule_.format = Format::Payloads;
  rule_.batch = {.max_delay = 1s, .fills_billing = true};
  const std::string payload = '"' + std::string(498, 'x') + '"';
  ASSERT_EQ(take(payload), std::nullopt);
  EXPECT_TRUE(line_->holds_batches());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(payload, kStart + 400ms), std::nullopt);
  EXPECT_THAT(closed_, IsEmpty());  // young: it may fill a second step
  for (int i = 0; i < 2; ++i) EXPECT_EQ(take(payload, kStart + 500ms), std::nullopt);
  EXPECT_THAT(closed_, IsEmpty());
  EXPECT_EQ(take(payload, kStart + 500ms), std::nullopt);
  ASSERT_THAT(closed_, SizeIs(1));
  EXPECT_EQ(closed_[0].samples, 8U);
  EXPECT_LE(closed_[0].bytes.size(), 4096U);
  EXPECT_GT(closed_[0].bytes.size(), 3500U);
}

}  // namespace
}  // namespace gateway
