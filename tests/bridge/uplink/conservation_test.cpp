// Random rules on random messages: each reading stands in exactly one column, at every moment.

#include <array>
#include <random>

#include <gtest/gtest.h>

#include "bridge/uplink/rule_lines.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

class Conservation : public testing::Test {
 protected:
  bool one_in(unsigned many) { return random_() % many == 0; }

  RuleOptions rule(std::size_t number) {
    constexpr std::array kTypes = {
        PayloadType::Json, PayloadType::Text,        PayloadType::Number, PayloadType::Csv,
        PayloadType::Cbor, PayloadType::MessagePack, PayloadType::Senml,  PayloadType::Binary,
        PayloadType::Json, PayloadType::Sparkplug};
    const auto type = kTypes[random_() % kTypes.size()];
    const bool sparkplug = type == PayloadType::Sparkplug;
    const RuleTopics topics(
        {*TopicPattern::parse(sparkplug ? "spBv1.0/+/+/{device}" : "s/{device}")});
    RuleOptions rule{.name = "r" + std::to_string(number),
                     .topics = topics,
                     .group = *parse_group(one_in(3) ? "{/t}" : "g", topics),
                     .payload = type};
    rule.csv.columns = {"t", "u"};
    rule.layout = {{.name = "t", .type = LayoutField::Type::U16}};
    if (one_in(5)) rule.retained = Retained::Ignore;
    if (one_in(20)) rule.jq = *JqProgram::parse(".. | numbers | {t: .}");
    if (one_in(3)) rule.select = {*parse_selected_field("t", "/t", topics)};
    if (one_in(3)) rule.convert = {{.field = "t", .number = one_in(2), .scale = 2}};
    if (one_in(3)) rule.where = *Expression::parse("t != 2", {topics.variables(), nullptr});
    if (one_in(3)) rule.thin = {.on_change = {"t"}, .every = 1 + random_() % 2};
    if (one_in(5)) rule.thin.deadband = {{.field = "t", .width = 10, .percent = one_in(2)}};
    if (one_in(5)) rule.thin.min_interval = 3s;
    if (one_in(3)) rule.time = {.source = TimeOptions::Source::Field, .at = *Pointer::parse("/t")};
    if (one_in(2)) {
      rule.window = {.every = one_in(2) ? 10s : 0s,
                     .panes = 1 + random_() % 3,
                     .compute = {{"t", {{WindowFunction::Kind::Mean}}}}};
      if (!rule.window.by_time()) rule.window.count = 1 + random_() % 3;
    }
    constexpr std::array kFormats = {Format::Samples, Format::Payload,     Format::Payloads,
                                     Format::Senml,   Format::CloudEvents, Format::Object};
    rule.format = kFormats[random_() % kFormats.size()];
    rule.object = {*parse_object_member("t", "/t", topics)};
    rule.batch.max_samples = 1 + random_() % 4;
    rule.batch.fills_billing = one_in(3);
    return rule;
  }

  std::string payload() {
    constexpr std::array kPayloads = {"{\"t\":1}",
                                      "{\"t\":2,\"u\":\"x\"}",
                                      "{\"t\":\"7\"}",
                                      "{\"u\":1}",
                                      "{",
                                      "[]",
                                      "1,2\n2,3\nx",
                                      "1,2,3",
                                      "\n",
                                      "3",
                                      "[{\"n\":\"a\",\"v\":1},{\"n\":\"b\",\"vs\":\"x\"}]",
                                      "\xA1\x61t\x03",
                                      "\xA1\x61t\x62xy",
                                      "\x81\xA1t\x07",
                                      "5 V",
                                      "\x18\x01\x12\x06\x0A\x01t\x20\x03\x50\x07",
                                      "{\"t\":1763690400}"};
    return kPayloads[random_() % kPayloads.size()];
  }

  void settle(std::vector<Batch>& closed) {
    for (const auto& batch : closed) lines_.settled(batch.rule).forwarded += batch.samples;
    closed.clear();
  }

  std::mt19937 random_{31};  // the same in every run
  BufferPool buffers_{};
  RuleLines lines_{buffers_};
};

TEST_F(Conservation, HoldsForAnyRulesAndPayloads) {
  std::vector<Batch> closed;
  std::vector<std::uint64_t> received;
  TimePoint now{1000s};
  const auto check = [&] {
    settle(closed);
    const auto counts = lines_.counts();
    for (std::size_t i = 0; i < counts.size(); ++i) {
      auto each = counts[i];
      each.received += received[i];
      ASSERT_TRUE(each.adds_up()) << each.rule << ": " << each.received << " received, "
                                  << each.forwarded << " forwarded, " << each.filtered_total()
                                  << " filtered, " << each.dropped_total() << " dropped, "
                                  << each.pending << " pending";
    }
  };
  RuleCounts total;
  for (int round = 0; round < 60; ++round) {
    std::vector<RuleOptions> rules;
    for (std::size_t i = 0; i < 5; ++i) rules.push_back(rule(i));
    std::vector<std::uint32_t> freed;
    const auto numbers = lines_.number(rules, lines_.counts(), freed);
    lines_.replace(rules, numbers, "edge-01", closed);
    received.resize(lines_.size());
    check();
    for (int i = 0; i < 100; ++i) {
      now += std::chrono::milliseconds(random_() % 2000);
      const auto number = numbers[random_() % numbers.size()];
      const auto bytes = payload();
      const auto device = std::to_string(random_() % 3);
      const bool sparkplug = lines_.line(number)->options().payload == PayloadType::Sparkplug;
      const auto topic = (sparkplug ? "spBv1.0/p/NDATA/" : "s/") + device;
      const Reading reading{.rule = number,
                            .time = 1'763'690'400'000 + now.time_since_epoch() / 1ms,
                            .arrived = now,
                            .topic = topic,
                            .payload = bytes,
                            .retained = one_in(10)};
      ++received[number];
      static_cast<void>(lines_.take(reading, now, closed));
      if (one_in(5)) lines_.close_windows(now, closed);
      if (one_in(5)) lines_.close_due(now, closed);
      if (one_in(5)) lines_.close_calm(closed);
      check();
    }
  }
  lines_.finish_windows(now, closed);
  lines_.close_all(closed);
  check();
  for (const auto& counts : lines_.counts()) {
    EXPECT_EQ(counts.pending, 0U);
    total.add(counts);
  }
  EXPECT_GT(total.forwarded, 500U);
  for (std::size_t i = 0; i < kFilterReasons; ++i) EXPECT_GT(total.filtered[i], 0U) << i;
  for (const auto reason : {DropReason::Malformed, DropReason::NoFields, DropReason::Unconvertible,
                            DropReason::InvalidGroup, DropReason::Late}) {
    EXPECT_GT(total.dropped[static_cast<std::size_t>(reason)], 0U) << to_string(reason);
  }
}

TEST(Batches, KeepTheOrderOfEachDevice) {
  std::mt19937 random(7);  // the same in every run
  const RuleTopics topics({*TopicPattern::parse("s/{device}")});
  for (int round = 0; round < 40; ++round) {
    RuleOptions rule{
        .name = "r",
        .topics = topics,
        .group = *parse_group(round % 2 == 0 ? "g" : "g-{device}", topics),
        .format = round % 3 == 0 ? Format::Payloads : Format::Samples,
        .batch = {.max_samples = 1 + random() % 30,
                  .max_bytes = 1024 + random() % 8192,
                  .max_delay = std::chrono::milliseconds(random() % 100),
                  .fills_billing = round % 5 < 2},
    };
    BufferPool buffers;
    RuleLine line(0, rule, "edge-01", buffers);
    std::vector<Batch> closed;
    TimePoint now{1000s};
    constexpr int kReadings = 500;
    for (int i = 0; i < kReadings; ++i) {
      now += std::chrono::milliseconds(random() % 20);
      const auto device = std::to_string(random() % 3);
      const auto topic = "s/" + device;
      auto bytes = R"({"n":")" + device + std::to_string(1000 + i) + R"(","pad":")";
      bytes += std::string(random() % 900, 'x') + "\"}";
      EXPECT_FALSE(line.take({.arrived = now, .topic = topic, .payload = bytes}, now, closed));
      line.close_due(now, closed);
    }
    line.close_all(closed);
    std::array<int, 3> latest{};
    int seen = 0;
    for (const auto& batch : closed) {
      constexpr std::string_view kMark = "\"n\":\"";
      for (auto at = batch.bytes.find(kMark); at != std::string::npos;
           at = batch.bytes.find(kMark, at + 1), ++seen) {
        const auto device = static_cast<std::size_t>(batch.bytes[at + kMark.size()] - '0');
        const int number = std::stoi(batch.bytes.substr(at + kMark.size() + 1, 4));
        ASSERT_GT(number, latest[device]) << "round " << round;
        latest[device] = number;
      }
    }
    EXPECT_EQ(seen, kReadings);
  }
}

}  // namespace
}  // namespace gateway
