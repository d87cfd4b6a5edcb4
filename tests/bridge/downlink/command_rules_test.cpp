#include "bridge/downlink/command_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::string_literals;
using webpubsub::Data;
using webpubsub::DataType;

CommandOptions command(std::string name, std::string_view topic) {
  CommandOptions options{.name = std::move(name), .topic = parse_command_topic(topic).value()};
  if (!options.topic.is_constant()) options.allow = {TopicFilter::parse("devices/#").value()};
  return options;
}

Data json(std::string text) { return {DataType::Json, std::move(text)}; }

std::variant<Command, CommandEnd> made(const CommandRules& rules, const Data& data,
                                       const CommandSource& source = {},
                                       webpubsub::WallTime now = webpubsub::wall_now()) {
  auto found = rules.match(source, data);
  if (const auto* reason = std::get_if<Reason>(&found)) return rejected(*reason);
  return rules.make(std::get<CommandRules::Match>(found), data, now);
}

/// What the rules make of `data`: "TOPIC PAYLOAD", or the reason why it is rejected.
std::string told(const CommandRules& rules, const Data& data, const CommandSource& source = {}) {
  const auto result = made(rules, data, source);
  if (const auto* end = std::get_if<CommandEnd>(&result)) {
    return std::string(end->reason == Reason::None ? to_string(end->outcome)
                                                   : to_string(end->reason));
  }
  const auto& publication = std::get<Command>(result).publication;
  return publication.topic + " " + publication.payload;
}

std::string told(const CommandOptions& options, const Data& data) {
  return told(CommandRules({options}, "edge-01"), data);
}

/// A device name as a JSON string, every byte that needs it escaped by the caller.
Data for_device(const std::string& name) { return json(R"({"device":")" + name + R"("})"); }

TEST(CommandRules, FillsTheTopicFromTheMessage) {
  const auto options = command("set", "devices/{/device}/{gateway.id}/{/n}/{/on}");
  EXPECT_EQ(told(options, json(R"({"device":"d 1","n":21.50,"on":true})")),
            R"(devices/d 1/edge-01/21.50/true {"device":"d 1","n":21.50,"on":true})");
}

struct HostileName {
  std::string json;
  const char* outcome;
};

TEST(CommandRules, KeepsHostileValuesOutOfTopics) {
  const HostileName table[] = {
      {"+", "bad_value"},
      {"#", "bad_value"},
      {"a+b", "bad_value"},
      {"a/b", "bad_value"},
      {R"(a\/b)", "bad_value"},
      {R"(\u002f)", "bad_value"},
      {R"(\u0023)", "bad_value"},
      {"../x", "bad_value"},
      {"", "bad_value"},
      {R"(\u0000)", "bad_value"},
      {R"(d\u0000evil)", "bad_value"},
      {R"(\n)", "bad_value"},
      {R"(\u007f)", "bad_value"},
      {R"(\u0085)", "bad_value"},
      {std::string(257, 'a'), "bad_value"},
      {R"(\ud800)", "malformed"},
      {"\xFF", "malformed"},
      {"\xC0\xAF", "malformed"},
      {"a\0b"s, "malformed"},
  };
  const auto options = command("set", "devices/{/device}/set");
  for (const auto& each : table) {
    EXPECT_EQ(told(options, for_device(each.json)), each.outcome) << each.json;
  }
  EXPECT_TRUE(told(options, for_device(std::string(256, 'a'))).starts_with("devices/aaa"));
  EXPECT_TRUE(told(options, for_device("grün")).starts_with("devices/grün/set"));
}

TEST(CommandRules, TakesScalarsOnlyIntoATopic) {
  const auto options = command("set", "devices/{/device}/set");
  for (const auto* value : {"null", "{}", "[]", R"(["d1"])", R"({"a":1})"}) {
    EXPECT_EQ(told(options, json(R"({"device":)"s + value + "}")), "bad_value") << value;
  }
  EXPECT_EQ(told(options, json("{}")), "bad_value");
  EXPECT_EQ(told(options, json("[]")), "bad_value");
  EXPECT_EQ(told(options, json(R"("d1")")), "bad_value");
  EXPECT_EQ(told(options, json(R"({"device":7})")), R"(devices/7/set {"device":7})");
  EXPECT_EQ(told(options, json(R"({"device":1E+2})")), "bad_value");  // its '+' is a wildcard
}

TEST(CommandRules, PublishesOnlyWhereAllowed) {
  auto options = command("set", "{/a}/{/b}");
  options.allow = {TopicFilter::parse("devices/+").value(), TopicFilter::parse("lamps/x").value()};
  EXPECT_EQ(told(options, json(R"({"a":"devices","b":"d1"})")),
            R"(devices/d1 {"a":"devices","b":"d1"})");
  EXPECT_EQ(told(options, json(R"({"a":"lamps","b":"x"})")), R"(lamps/x {"a":"lamps","b":"x"})");
  EXPECT_EQ(told(options, json(R"({"a":"lamps","b":"y"})")), "not_allowed");
  options.allow.clear();
  EXPECT_EQ(told(options, json(R"({"a":"devices","b":"d1"})")), "not_allowed");
}

TEST(CommandRules, NeverPublishesToTheBrokersOwnTopics) {
  auto options = command("set", "{/a}/{/b}");
  options.allow = {TopicFilter::parse("#").value(), TopicFilter::parse("$SYS/#").value()};
  EXPECT_EQ(told(options, json(R"({"a":"$SYS","b":"x"})")), "not_allowed");
  EXPECT_EQ(told(options, json(R"({"a":"$share","b":"x"})")), "not_allowed");
  EXPECT_EQ(told(options, json(R"({"a":"a$","b":"$x"})")), R"(a$/$x {"a":"a$","b":"$x"})");
}

TEST(CommandRules, RefusesATopicThatGrowsTooLong) {
  std::string topic = "devices";
  std::string message;
  for (int i = 0; i < 300; ++i) topic += "/{/d}";
  const auto options = command("long", topic);
  EXPECT_EQ(told(options, json(R"({"d":")" + std::string(256, 'a') + R"("})")), "bad_value");
  EXPECT_TRUE(told(options, json(R"({"d":"a"})")).starts_with("devices/a/a"));
}

TEST(CommandRules, MatchesWhatWhenAsksFor) {
  auto options = command("set", "devices/{/device}/set");
  options.when = {{.pointer = "/type", .one_of = {R"("set")", "7"}}, {.pointer = "/device"}};
  const auto matched = [&](const std::string& text) {
    return told(options, json(text)) != "unmatched";
  };
  EXPECT_TRUE(matched(R"({"type":"set","device":"d1"})"));
  EXPECT_TRUE(matched(R"({"type":7.0,"device":"d1"})"));
  EXPECT_TRUE(matched(R"({"type":"set","device":null})"));  // there, if unfit for a topic
  EXPECT_FALSE(matched(R"({"type":"get","device":"d1"})"));
  EXPECT_FALSE(matched(R"({"type":["set"],"device":"d1"})"));
  EXPECT_FALSE(matched(R"({"type":"set"})"));
  EXPECT_FALSE(matched(R"({"nested":{"type":"set","device":"d1"}})"));
}

TEST(CommandRules, TheFirstMatchDecides) {
  auto strict = command("first", "devices/{/device}/a");
  strict.when = {{.pointer = "/type", .one_of = {R"("a")"}}};
  const CommandRules rules(
      {strict, command("second", "devices/{/device}/b"), command("third", "devices/{/device}/c")},
      "edge-01");
  const auto rule_of = [&](const Data& data) {
    return std::get<CommandRules::Match>(rules.match({}, data)).rule;
  };
  EXPECT_EQ(rule_of(json(R"({"type":"a","device":"d"})")), 0U);
  EXPECT_EQ(rule_of(json(R"({"type":"b","device":"d"})")), 1U);
  // A first match that is unfit is not passed on to a second.
  EXPECT_EQ(rule_of(json(R"({"type":"a","device":"+"})")), 0U);
  EXPECT_EQ(told(rules, json(R"({"type":"a","device":"+"})")), "bad_value");
}

TEST(CommandRules, KeepsServerAndGroupsApart) {
  auto from_group = command("group", "devices/group");
  from_group.from_group = "commands";
  const CommandRules rules({command("server", "devices/server"), from_group}, "edge-01");
  EXPECT_EQ(told(rules, json("1")), "devices/server 1");
  EXPECT_EQ(told(rules, json("1"), {.group = "commands"}), "devices/group 1");
  EXPECT_EQ(told(rules, json("1"), {.group = "telemetry"}), "unmatched");
}

TEST(CommandRules, TakesThePayloadOutByteForByte) {
  auto options = command("set", "devices/d1/set");
  options.payload = "/args";
  EXPECT_EQ(told(options, json(R"({"args": { "v" : 21.50 , "n":1e400x } })")), "malformed");
  EXPECT_EQ(told(options, json(R"({"args": { "v" : 21.50 } })")),
            R"(devices/d1/set { "v" : 21.50 })");
  EXPECT_EQ(told(options, json(R"({"args":"on"})")), "devices/d1/set on");
  EXPECT_EQ(told(options, json(R"({"args":null})")), "devices/d1/set null");
  EXPECT_EQ(told(options, json(R"({"arg":1})")), "bad_value");
}

TEST(CommandRules, PassesTextAndBytesToConstantTopicsOnly) {
  const auto constant = command("raw", "devices/{gateway.id}/raw");
  const Data binary{DataType::Binary, "\0\xFF"s};
  EXPECT_EQ(told(constant, binary), "devices/edge-01/raw "s + "\0\xFF"s);
  EXPECT_EQ(told(constant, {DataType::Text, "{not json"}), "devices/edge-01/raw {not json");
  auto with_when = constant;
  with_when.when = {{.pointer = ""}};
  EXPECT_EQ(told(with_when, binary), "unmatched");
  auto with_payload = constant;
  with_payload.payload = "/args";
  EXPECT_EQ(told(with_payload, binary), "unmatched");
  EXPECT_EQ(told(command("set", "devices/{/d}"), binary), "unmatched");
}

TEST(CommandRules, SurvivesMalformedAndDeepJson) {
  const auto options = command("set", "devices/d1/set");
  for (const auto& text : {""s, "{"s, "{}{}"s, "nul"s, "{}\0"s, "'a'"s, "\xEF\xBB\xBF{}"s}) {
    EXPECT_EQ(told(options, json(text)), "malformed") << text;
  }
  EXPECT_EQ(told(options, json(std::string(100'000, '['))), "malformed");
  EXPECT_EQ(told(options, json(std::string(65, '[') + std::string(65, ']'))), "malformed");
  EXPECT_TRUE(told(options, json(std::string(64, '[') + std::string(64, ']')))
                  .starts_with("devices/d1/set [[["));
}

TEST(CommandRules, CarriesQosAndRetain) {
  auto options = command("set", "devices/d1/set");
  options.qos = 2;
  options.retain = true;
  const auto command = made(CommandRules({options}, "edge-01"), json("{}"));
  const auto& publication = std::get<Command>(command).publication;
  EXPECT_EQ(publication.qos, 2);
  EXPECT_TRUE(publication.retain);
}

}  // namespace
}  // namespace gateway
