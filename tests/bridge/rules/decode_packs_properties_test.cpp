// What was encoded is what is decoded, for packs of records: SenML and Sparkplug B.

#include <random>

#include <gmock/gmock.h>

#include "bridge/rules/decode/json_builder.h"
#include "bridge/rules/decode/senml.h"
#include "bridge/rules/decode/sparkplug.h"
#include "sparkplug_b.pb.h"
#include "tests/bridge/rules/decode_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

/// Random records, once resolved and once as a pack says them: base fields now and then, and what
/// they say left out.
class SenmlPack {
 public:
  explicit SenmlPack(unsigned seed) : random_(seed) {}

  void make() {
    json = "[";
    resolved.clear();
    times.clear();
    std::string base;
    std::string unit;
    std::int64_t base_time = 0;
    const auto records = 1 + random_() % 6;
    for (std::uint64_t i = 0; i < records; ++i) {
      if (i > 0) json += ',';
      json += '{';
      if (i == 0 || one_in(3)) {
        base = "urn:dev:" + std::to_string(random_() % 100) + ":";
        base_time = 1'763'690'400 + static_cast<std::int64_t>(random_() % 1000);
        json += "\"bn\":\"" + base + "\",\"bt\":" + std::to_string(base_time) + ',';
      }
      if (one_in(3)) {
        unit = one_in(2) ? "Cel" : "V";
        json += "\"bu\":\"" + unit + "\",";
      }
      append_record(base, unit, base_time);
    }
    json += ']';
  }

  std::string json{};
  std::vector<std::string> resolved{};
  std::vector<std::optional<std::int64_t>> times{};

 private:
  bool one_in(unsigned many) { return random_() % many == 0; }

  void append_record(const std::string& base, const std::string& base_unit,
                     std::int64_t base_time) {
    const auto name = "n" + std::to_string(random_() % 10);
    const auto unit = one_in(4) ? std::string("%RH") : std::string();
    const auto offset = static_cast<std::int64_t>(random_() % 100) - 50;
    const auto value = this->value();
    json += "\"n\":\"" + name + "\",\"t\":" + std::to_string(offset) + ',';
    if (!unit.empty()) json += "\"u\":\"" + unit + "\",";
    json += value + '}';
    const auto& whole_unit = unit.empty() ? base_unit : unit;
    auto record = "{\"n\":\"" + base + name + "\",";
    if (!whole_unit.empty()) record += "\"u\":\"" + whole_unit + "\",";
    resolved.push_back(record + value + '}');
    times.push_back((base_time + offset) * 1000);
  }

  std::string value() {
    switch (random_() % 4) {
      case 0:
        return std::string("\"vb\":") + (one_in(2) ? "true" : "false");
      case 1:
        return "\"vs\":\"text " + std::to_string(random_() % 100) + '"';
      case 2:
        return "\"vd\":\"AQID\"";
      default:  // digits stay as they are
        return "\"v\":" + std::to_string(random_() % 1000) + '.' + std::to_string(random_());
    }
  }

  std::mt19937_64 random_;
};

TEST(Decoding, GivesBackTheRecordsOfAPack) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  SenmlPack pack(13);  // the same packs in every run
  for (int i = 0; i < 2000; ++i) {
    pack.make();
    ASSERT_THAT(senml.decode(pack.json), ElementsAreArray(pack.resolved)) << pack.json;
    ASSERT_EQ(senml.times, pack.times) << pack.json;
  }
}

/// Metrics with values of every plain kind, as a payload and as JSON.
class SparkplugMetrics {
 public:
  explicit SparkplugMetrics(unsigned seed) : random_(seed) {}

  struct Message {
    std::string bytes{};
    std::string json{};
  };

  /// With names and aliases, as in a birth.
  Message birth() {
    types_.clear();
    const auto count = 1 + random_() % 8;
    for (std::uint64_t i = 0; i < count; ++i) types_.push_back(random_() % 5);
    return message(0, "\"$state\":\"online\"", [](sparkplug::Metric& metric, std::size_t i) {
      metric.set_name("m" + std::to_string(i));
      metric.set_alias(i);
    });
  }

  /// Of the same metrics, by their aliases alone.
  Message data(std::uint64_t sequence) {
    return message(sequence, "",
                   [](sparkplug::Metric& metric, std::size_t i) { metric.set_alias(i); });
  }

 private:
  template <class Name>
  Message message(std::uint64_t sequence, const std::string& first, const Name& name) {
    sparkplug::Payload payload;
    payload.set_timestamp(kArrival);
    payload.set_seq(sequence);
    Message message{.json = '{' + first};
    for (std::size_t i = 0; i < types_.size(); ++i) {
      auto& metric = *payload.add_metrics();
      name(metric, i);
      if (!message.json.ends_with('{')) message.json += ',';
      message.json += "\"m" + std::to_string(i) + "\":";
      set_value(metric, types_[i], sequence == 0, message.json);
    }
    message.json += '}';
    message.bytes = payload.SerializeAsString();
    return message;
  }

  void set_value(sparkplug::Metric& metric, std::uint64_t type, bool in_birth, std::string& json) {
    std::string value;
    JsonBuilder builder(value);
    const auto bits = random_();
    std::uint32_t datatype = 0;
    switch (type) {
      case 0: {  // Int32
        const auto number = static_cast<std::uint32_t>(bits);
        datatype = 3;
        metric.set_int_value(number);
        builder.integer(static_cast<std::int32_t>(number));
        break;
      }
      case 1:  // UInt64
        datatype = 8;
        metric.set_long_value(bits);
        builder.natural(bits);
        break;
      case 2: {  // Double
        const auto number = static_cast<double>(static_cast<std::int64_t>(bits)) / 1e6;
        datatype = 10;
        metric.set_double_value(number);
        builder.real(number);
        break;
      }
      case 3:  // Boolean
        datatype = 11;
        metric.set_boolean_value(bits % 2 == 0);
        builder.boolean(bits % 2 == 0);
        break;
      default:  // String
        datatype = 12;
        metric.set_string_value("\"" + std::to_string(bits));
        EXPECT_TRUE(builder.text("\"" + std::to_string(bits)));
    }
    if (in_birth) metric.set_datatype(datatype);
    json += value;
  }

  std::mt19937_64 random_;
  std::vector<std::uint64_t> types_{};
};

TEST(Decoding, GivesBackTheMetricsOfABirthAndItsData) {
  SparkplugDecoder decoder;
  DecodeFixture node(decoder);
  SparkplugMetrics metrics(19);  // the same metrics in every run
  for (int i = 0; i < 500; ++i) {
    const auto birth = metrics.birth();
    ASSERT_THAT(node.decode(birth.bytes, "spBv1.0/p/NBIRTH/e"), ElementsAre(birth.json));
    for (std::uint64_t sequence = 1; sequence < 4; ++sequence) {
      const auto data = metrics.data(sequence);
      ASSERT_THAT(node.decode(data.bytes, "spBv1.0/p/NDATA/e"), ElementsAre(data.json));
      ASSERT_THAT(node.requests, testing::IsEmpty());
    }
  }
}

}  // namespace
}  // namespace gateway
