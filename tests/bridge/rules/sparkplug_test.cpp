// Sparkplug B: births name what data only numbers.

#include "bridge/rules/decode/sparkplug.h"

#include <gmock/gmock.h>

#include "sparkplug_b.pb.h"
#include "tests/bridge/rules/decode_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using webpubsub::TimePoint;

const auto kMalformed = ElementsAre("malformed");

/// A payload, built a metric at a time.
class Payload {
 public:
  explicit Payload(std::optional<std::uint64_t> sequence = std::nullopt) {
    payload_.set_timestamp(kArrival + 5);
    if (sequence) payload_.set_seq(*sequence);
  }
  sparkplug::Metric& metric(const std::string& name) {
    auto& metric = *payload_.add_metrics();
    metric.set_name(name);
    return metric;
  }
  sparkplug::Metric& metric(std::uint64_t alias) {
    auto& metric = *payload_.add_metrics();
    metric.set_alias(alias);
    return metric;
  }
  std::string bytes() const { return payload_.SerializeAsString(); }

 private:
  sparkplug::Payload payload_{};
};

std::string node_birth(std::uint64_t number, std::uint64_t sequence = 0) {
  Payload birth(sequence);
  birth.metric("bdSeq").set_long_value(number);
  auto& pressure = birth.metric("pressure");
  pressure.set_alias(1);
  pressure.set_datatype(10);
  pressure.set_double_value(2.5);
  auto& level = birth.metric("level");
  level.set_alias(2);
  level.set_datatype(2);  // Int16
  level.set_int_value(static_cast<std::uint32_t>(-3));
  return birth.bytes();
}

class Sparkplug : public testing::Test {
 protected:
  SparkplugDecoder decoder_;
  DecodeFixture node_{decoder_};
};

TEST_F(Sparkplug, NamesDataByTheAliasesOfTheBirth) {
  EXPECT_THAT(node_.decode(node_birth(7), "spBv1.0/plant/NBIRTH/edge"),
              ElementsAre(R"({"$state":"online","bdSeq":7,"pressure":2.5,"level":-3})"));
  EXPECT_THAT(node_.times, ElementsAre(kArrival + 5));
  Payload data(1);
  data.metric(1).set_double_value(2.75);
  data.metric(2).set_int_value(0xFFFF);
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/plant/NDATA/edge"),
              ElementsAre(R"({"pressure":2.75,"level":-1})"));
  EXPECT_THAT(node_.requests, IsEmpty());
}

TEST_F(Sparkplug, KnowsTypesOfMetricsThatComeByName) {
  Payload birth(0);
  auto& level = birth.metric("level");
  level.set_datatype(3);
  level.set_int_value(1);
  static_cast<void>(node_.decode(birth.bytes(), "spBv1.0/p/NBIRTH/e"));
  Payload data(1);
  data.metric("level").set_int_value(0xFFFFFFFE);
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/p/NDATA/e"), ElementsAre(R"({"level":-2})"));
}

TEST_F(Sparkplug, AsksForARebirthWhenItDoesNotKnowAnAlias) {
  Payload data(9);
  data.metric(1).set_double_value(1);
  const TimePoint start{100s};
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/plant/DDATA/edge/dev", start), kMalformed);
  ASSERT_THAT(node_.requests, SizeIs(1));
  EXPECT_EQ(node_.requests[0].topic, "spBv1.0/plant/NCMD/edge");
  sparkplug::Payload request;
  ASSERT_TRUE(request.ParseFromString(node_.requests[0].payload));
  ASSERT_EQ(request.metrics_size(), 1);
  EXPECT_EQ(request.metrics(0).name(), "Node Control/Rebirth");
  EXPECT_TRUE(request.metrics(0).boolean_value());

  static_cast<void>(node_.decode(data.bytes(), "spBv1.0/plant/DDATA/edge/dev", start + 29s));
  EXPECT_THAT(node_.requests, IsEmpty());
  static_cast<void>(node_.decode(data.bytes(), "spBv1.0/plant/DDATA/edge/dev", start + 30s));
  EXPECT_THAT(node_.requests, SizeIs(1));
}

TEST_F(Sparkplug, SeesGapsInTheSequence) {
  static_cast<void>(node_.decode(node_birth(7, 254), "spBv1.0/p/NBIRTH/e"));
  const auto send = [&](std::uint64_t sequence) {
    Payload data(sequence);
    data.metric(1).set_double_value(1);
    EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/p/NDATA/e"), SizeIs(1));
    return node_.requests.size();
  };
  EXPECT_EQ(send(255), 0U);
  EXPECT_EQ(send(0), 0U);  // it counts to 255
  EXPECT_EQ(send(2), 1U);
}

TEST_F(Sparkplug, TellsOfDeaths) {
  static_cast<void>(node_.decode(node_birth(7), "spBv1.0/p/NBIRTH/e"));
  Payload device(1);
  device.metric("on").set_boolean_value(true);
  EXPECT_THAT(node_.decode(device.bytes(), "spBv1.0/p/DBIRTH/e/d1"),
              ElementsAre(R"({"$state":"online","on":true})"));
  EXPECT_THAT(node_.decode(Payload(2).bytes(), "spBv1.0/p/DBIRTH/e/d2"), SizeIs(1));
  EXPECT_THAT(node_.decode(Payload(3).bytes(), "spBv1.0/p/DDEATH/e/d1"),
              ElementsAre(R"({"$state":"offline"})"));

  Payload old_will;
  old_will.metric("bdSeq").set_long_value(6);
  EXPECT_THAT(node_.decode(old_will.bytes(), "spBv1.0/p/NDEATH/e"), IsEmpty());
  Payload will;
  will.metric("bdSeq").set_long_value(7);
  EXPECT_THAT(node_.decode(will.bytes(), "spBv1.0/p/NDEATH/e"),
              ElementsAre(R"({"$state":"offline","devices":["d2"]})"));
  EXPECT_THAT(node_.times, ElementsAre(std::nullopt));
  EXPECT_THAT(node_.requests, IsEmpty());
}

TEST_F(Sparkplug, ReadsEveryKindOfValue) {
  Payload data(0);
  data.metric("float").set_float_value(0.1F);
  data.metric("text").set_string_value("a\"b");
  data.metric("bytes").set_bytes_value("\x01\x02\x03");
  data.metric("null").set_is_null(true);
  auto& set = *data.metric("set").mutable_dataset_value();
  set.add_columns("a");
  set.add_columns("b");
  set.add_types(1);
  set.add_types(12);
  auto& row = *set.add_rows();
  row.add_elements()->set_int_value(0xFF);
  row.add_elements()->set_string_value("x");
  auto& member = *data.metric("motor").mutable_template_value()->add_metrics();
  member.set_name("rpm");
  member.set_int_value(1450);
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/p/NDATA/e"),
              ElementsAre(R"({"float":0.1,"text":"a\"b","bytes":"AQID","null":null,)"
                          R"("set":[{"a":-1,"b":"x"}],"motor":{"rpm":1450}})"));
}

TEST_F(Sparkplug, TakesHostStatesAndLeavesOutCommands) {
  EXPECT_THAT(node_.decode(R"({"online":true,"timestamp":1})", "spBv1.0/STATE/scada"),
              ElementsAre(R"({"online":true,"timestamp":1})"));
  EXPECT_THAT(node_.decode("OFFLINE", "spBv1.0/STATE/scada"), ElementsAre(R"({"online":false})"));
  EXPECT_THAT(node_.decode(Payload().bytes(), "spBv1.0/p/NCMD/e"), IsEmpty());
}

TEST_F(Sparkplug, RefusesOtherTopicsAndPayloads) {
  const auto birth = node_birth(1);
  for (const char* topic : {"t", "spBv1.0", "spBv1.0/p/NBIRTH", "spBv1.0/p/NBIRTH/e/d",
                            "spBv1.0/p/DBIRTH/e", "spBv1.0/p/XBIRTH/e", "spBv1.0/p/DDATA/e/d/x"}) {
    EXPECT_THAT(node_.decode(birth, topic), kMalformed) << topic;
  }
  EXPECT_THAT(node_.decode("\xFF", "spBv1.0/p/NBIRTH/e"), kMalformed);
  Payload data(0);
  data.metric("text").set_string_value("\xFF");
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/p/NDATA/e"), kMalformed);
}

TEST_F(Sparkplug, ForgetsTheNodeUnheardOfForLongest) {
  static_cast<void>(node_.decode(node_birth(1), "spBv1.0/p/NBIRTH/first"));
  for (std::size_t i = 0; i < SparkplugNodes::kMaxNodes; ++i) {
    static_cast<void>(node_.decode(node_birth(1), "spBv1.0/p/NBIRTH/e" + std::to_string(i)));
  }
  Payload data(1);
  data.metric(1).set_double_value(1);
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/p/NDATA/e1"), SizeIs(1));
  EXPECT_THAT(node_.decode(data.bytes(), "spBv1.0/p/NDATA/first"), kMalformed);
}

}  // namespace
}  // namespace gateway
