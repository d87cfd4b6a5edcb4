// From a service message to a device's topic, through a real mosquitto.

#include "bridge/downlink/downlink.h"

#include <algorithm>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using support::Mosquitto;
using webpubsub::Data;
using webpubsub::DataType;

CommandOptions set_point() {
  return {.name = "set-point",
          .when = {{.pointer = "/type", .one_of = {R"("command")"}}},
          .topic = parse_command_topic("devices/{/device}/commands/{/name}").value(),
          .payload = "/args",
          .allow = {TopicFilter::parse("devices/+/commands/#").value()}};
}

CommandOptions broadcast() {
  return {.name = "broadcast",
          .from_group = "commands",
          .topic = parse_command_topic("devices/all").value()};
}

Data json(std::string text) { return {DataType::Json, std::move(text)}; }
Data command_for(const std::string& device) {
  return json(R"({"type":"command","device":")" + device + R"(","name":"set","args":{"t":21.50}})");
}
const Origin kServer{.sender = "server"};
Origin from_group(const std::string& group) { return {.group = group, .sender = "u1"}; }

void expect_sums(const DownlinkCounters& counters) {
  const auto sum = [](const OutcomeCounts& counts) {
    return std::accumulate(counts.by_outcome.begin(), counts.by_outcome.end(), counts.pending);
  };
  EXPECT_EQ(sum(counters.total), counters.received);
  std::uint64_t of_rules = 0;
  for (const auto& rule : counters.rules) of_rules += sum(rule.counts);
  const auto& total = counters.total;
  EXPECT_EQ(of_rules + total.of(Reason::Malformed) + total.of(Reason::TooLarge) +
                total.of(Reason::Unmatched),
            counters.received);
}

class DownlinkTest : public EngineTest {
 protected:
  bool settled(const Downlink& downlink) {
    return run_until([&] { return downlink.counters().total.pending == 0; });
  }
  std::size_t lines(std::string_view event) const {
    return static_cast<std::size_t>(std::count(lines_.events.begin(), lines_.events.end(), event));
  }

  Mosquitto broker_{};
};

TEST_F(DownlinkTest, ACommandReachesItsDevice) {
  auto device = peer(broker_.url(), "device", {{"devices/#", 1}});
  auto gateway = peer(broker_.url(), "gateway");
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  Downlink downlink(*loop_, {set_point(), broadcast()}, "edge-01", *gateway.engine, log_);
  EXPECT_EQ(downlink.groups(), std::vector<std::string>{"commands"});
  downlink.on_message(kServer, command_for("d1"));
  downlink.on_message(from_group("commands"), {DataType::Binary, std::string("\0\xFF", 2)});
  ASSERT_TRUE(device.received_at_least(2));
  const auto messages = device.received.messages();
  EXPECT_EQ(messages[0].topic, "devices/d1/commands/set");
  EXPECT_EQ(messages[0].payload, R"({"t":21.50})");
  EXPECT_FALSE(messages[0].retained);
  EXPECT_EQ(messages[1].topic, "devices/all");
  EXPECT_EQ(messages[1].payload, std::string("\0\xFF", 2));
  ASSERT_TRUE(settled(downlink));
  EXPECT_EQ(downlink.counters().total.of(Outcome::Delivered), 2U);
  EXPECT_EQ(downlink.counters().rules[0].counts.of(Outcome::Delivered), 1U);
  EXPECT_EQ(lines("command.delivered"), 2U);
  expect_sums(downlink.counters());
}

TEST_F(DownlinkTest, EachMessageEndsInOneOutcome) {
  auto gateway = peer(broker_.url(), "gateway");
  ASSERT_TRUE(gateway.connect());
  auto greedy = set_point();
  greedy.name = "greedy";
  greedy.when = {{.pointer = "/type", .one_of = {R"("greedy")"}}};
  greedy.topic = parse_command_topic("{/device}/x").value();
  Downlink downlink(*loop_, {set_point(), greedy}, "edge-01", *gateway.engine, log_);
  const std::pair<Data, Reason> table[] = {
      {command_for("d1"), Reason::None},
      {command_for("+"), Reason::BadValue},
      {command_for("#"), Reason::BadValue},
      {command_for("a/b"), Reason::BadValue},
      {command_for("\\u0000"), Reason::BadValue},
      {json(R"({"type":"command","device":"d1","name":"set"})"), Reason::BadValue},
      {json(R"({"type":"greedy","device":"$SYS"})"), Reason::NotAllowed},
      {json(R"({"type":"greedy","device":"$SYS","args":1})"), Reason::NotAllowed},
      {json(R"({"type":"greedy","device":"lamps","args":1})"), Reason::NotAllowed},
      {json(R"({"type":"reading"})"), Reason::Unmatched},
      {json("[]"), Reason::Unmatched},
      {json("{"), Reason::Malformed},
      {json(std::string(100'000, '[')), Reason::Malformed},
      {json(std::string(10'000'000, ' ')), Reason::TooLarge},
      {{DataType::Text, "hello"}, Reason::Unmatched},
      {{DataType::Binary, std::string(100, '\0')}, Reason::Unmatched},
  };
  for (const auto& [data, reason] : table) {
    const auto before = downlink.counters().total.of(reason);
    downlink.on_message(kServer, data);
    ASSERT_TRUE(settled(downlink));
    EXPECT_EQ(downlink.counters().total.of(reason), before + (reason == Reason::None ? 0 : 1))
        << to_string(reason) << ": " << data.bytes.substr(0, 60);
    expect_sums(downlink.counters());
  }
  EXPECT_EQ(downlink.counters().received, std::size(table));
  EXPECT_EQ(downlink.counters().total.of(Outcome::Delivered), 1U);
  EXPECT_EQ(lines("command.rejected"), std::size(table) - 1);
}

TEST_F(DownlinkTest, WithoutABrokerCommandsFailAsOffline) {
  broker_.stop();
  auto gateway = peer(broker_.url(), "gateway");
  Downlink downlink(*loop_, {set_point()}, "edge-01", *gateway.engine, log_);
  for (int i = 0; i < 100; ++i) downlink.on_message(kServer, command_for("d1"));
  EXPECT_EQ(downlink.counters().total.of(Reason::Offline), 100U);
  EXPECT_EQ(lines("command.failed"), 100U);
  expect_sums(downlink.counters());
}

TEST_F(DownlinkTest, ABrokerThatFallsSilentFillsTheWindow) {
  support::TcpProxy wire(broker_.port());
  auto options = options_for(url_of(wire), "gateway");
  options.max_publications = 4;
  Peer gateway(*loop_, log_, std::move(options), {});
  ASSERT_TRUE(gateway.connect());
  Downlink downlink(*loop_, {set_point()}, "edge-01", *gateway.engine, log_, {.max_waiting = 3});
  wire.stall(true);
  for (int i = 0; i < 10; ++i) downlink.on_message(kServer, command_for("d1"));
  EXPECT_EQ(downlink.counters().total.pending, 7U) << "four at the broker, three that wait";
  EXPECT_EQ(downlink.counters().total.of(Reason::Busy), 3U);
  expect_sums(downlink.counters());
  wire.cut();
  ASSERT_TRUE(settled(downlink));
  EXPECT_EQ(downlink.counters().total.of(Reason::Offline), 7U);
  expect_sums(downlink.counters());
  wire.stall(false);
  wire.mend();
  // Publications may be told of the loss before the link is: wait for the second connection.
  ASSERT_TRUE(run_until([&] { return gateway.engine->counters().connects == 2; }));
  downlink.on_message(kServer, command_for("d1"));
  ASSERT_TRUE(settled(downlink));
  EXPECT_EQ(downlink.counters().total.of(Outcome::Delivered), 1U);
}

TEST_F(DownlinkTest, WhatWaitsWhileOthersFillTheWindowLeavesWhenTheyAreThrough) {
  support::TcpProxy wire(broker_.port());
  auto options = options_for(url_of(wire), "gateway");
  options.max_publications = 4;
  Peer gateway(*loop_, log_, std::move(options), {});
  ASSERT_TRUE(gateway.connect());
  Downlink downlink(*loop_, {set_point()}, "edge-01", *gateway.engine, log_);
  const auto fill_window = [&] {
    wire.stall(true);
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(gateway.engine->publish({.topic = "others", .qos = 1}, {}),
                webpubsub::Offer::Accepted);
    }
    for (int i = 0; i < 2; ++i) downlink.on_message(kServer, command_for("d1"));
    EXPECT_EQ(downlink.counters().total.pending, 2U);
  };
  fill_window();
  wire.stall(false);
  ASSERT_TRUE(settled(downlink));
  EXPECT_EQ(downlink.counters().total.of(Outcome::Delivered), 2U);
  fill_window();
  wire.cut();
  ASSERT_TRUE(settled(downlink));
  EXPECT_EQ(downlink.counters().total.of(Reason::Offline), 2U);
  expect_sums(downlink.counters());
}

TEST_F(DownlinkTest, MayGoBeforeTheBrokerAnswers) {
  auto device = peer(broker_.url(), "device", {{"devices/#", 1}});
  auto gateway = peer(broker_.url(), "gateway");
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  {
    Downlink downlink(*loop_, {set_point()}, "edge-01", *gateway.engine, log_);
    downlink.on_message(kServer, command_for("d1"));
    EXPECT_EQ(downlink.counters().total.pending, 1U);
  }
  EXPECT_TRUE(device.received_at_least(1));
  EXPECT_TRUE(run_until([&] { return gateway.engine->counters().published == 1; }));
}

}  // namespace
}  // namespace gateway
