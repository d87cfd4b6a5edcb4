// What commands have to look like: conditions, arguments, templates, deadlines, limits.

#include <string>

#include <gtest/gtest.h>

#include "bridge/downlink/any_value.h"
#include "bridge/downlink/command_rules.h"
#include "bridge/downlink/condition.h"
#include "bridge/downlink/deadline.h"
#include "bridge/downlink/sender_limits.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using webpubsub::Data;
using webpubsub::DataType;

struct CheckCase {
  CommandCondition condition;
  const char* value;  // JSON; empty: not there
  bool holds;
};

TEST(Condition, LooksAtTypesAndBounds) {
  const CommandCondition any{};
  const CommandCondition number{.type = ValueType::Number, .min = 10.0, .max = 30.0};
  const CommandCondition open{.above = 0.0, .below = 1.0};
  const CommandCondition whole{.type = ValueType::Integer};
  const CommandCondition text{.type = ValueType::Text, .max_length = 3};
  const CommandCondition mode{.one_of = {R"("on")", "1", "null"}, .required = false};
  const CheckCase table[] = {
      {any, "null", true},
      {any, "", false},
      {number, "10", true},
      {number, "30.0", true},
      {number, "9.99", false},
      {number, "3e1", true},
      {number, "31", false},
      {number, R"("20")", false},
      {number, "true", false},
      {number, "[20]", false},
      {number, "", false},
      {open, "0", false},
      {open, "1e-9", true},
      {open, "1", false},
      {open, R"("0.5")", false},
      {whole, "7", true},
      {whole, "-7.0", true},
      {whole, "1e3", true},
      {whole, "7.5", false},
      {whole, "12345678901234567890", true},
      {whole, "1e300", false},
      {text, R"("abc")", true},
      {text, R"("abcd")", false},
      {text, R"("ü€")", false},
      {text, "123", false},
      {mode, R"("on")", true},
      {mode, "1.0", true},
      {mode, "null", true},
      {mode, "false", false},
      {mode, "", true},
      {{.type = ValueType::Boolean}, "false", true},
      {{.type = ValueType::Boolean}, "0", false},
      {{.type = ValueType::Object}, "{}", true},
      {{.type = ValueType::Object}, "[]", false},
      {{.type = ValueType::Array}, "[1]", true},
      {{.type = ValueType::Array}, "{}", false},
  };
  for (const auto& each : table) {
    EXPECT_EQ(Condition(each.condition).holds(parse_json_value(each.value)), each.holds)
        << each.value;
  }
}

Data json(std::string text) { return {DataType::Json, std::move(text)}; }

std::variant<Command, CommandEnd> make(const CommandOptions& options, const Data& data,
                                       webpubsub::WallTime now = webpubsub::wall_now()) {
  const CommandRules rules({options}, "edge-01");
  auto found = rules.match({}, data);
  if (const auto* reason = std::get_if<Reason>(&found)) return rejected(*reason);
  return rules.make(std::get<CommandRules::Match>(found), data, now);
}

Command made(const CommandOptions& options, const std::string& text) {
  auto result = make(options, json(text));
  const auto* end = std::get_if<CommandEnd>(&result);
  EXPECT_EQ(end, nullptr) << to_text(*end);
  return end == nullptr ? std::get<Command>(std::move(result)) : Command{};
}

std::string ended(const CommandOptions& options, const Data& data) {
  const auto result = make(options, data);
  const auto* end = std::get_if<CommandEnd>(&result);
  return end == nullptr ? "made" : to_text(*end);
}

CommandOptions to(std::string_view topic) {
  return {.name = "set", .topic = parse_command_topic(topic).value()};
}

TEST(CommandText, FillsTextAndJson) {
  auto options = to("t");
  options.payload_template = parse_command_text("set {/v} of {gateway.id}").value();
  EXPECT_EQ(made(options, R"({"v":"a \"b\""})").publication.payload, "set a \"b\" of edge-01");
  options.payload_template = parse_command_text(R"({{"v":{/v},"n":{/n}}})").value();
  // What a value holds stays inside of it.
  EXPECT_EQ(made(options, R"({"v":"a\",\"x\":\"","n":{"a":[1.50]}})").publication.payload,
            R"({"v":"a\",\"x\":\"","n":{"a":[1.50]}})");
  EXPECT_EQ(ended(options, json(R"({"v":1})")), "rejected (bad_value)");
  EXPECT_FALSE(parse_command_text(R"({{"v":"x{/v}"}})")) << "a text would end the string";
  EXPECT_FALSE(parse_command_text(R"({{"v":{/v})"));
  EXPECT_FALSE(parse_command_text("set {device}"));
  EXPECT_TRUE(parse_command_text("[{/v},{/n}]"));
}

TEST(CommandText, CarriesPropertiesAndExpiry) {
  auto options = to("t");
  options.expiry = 30s;
  options.user_properties = {{"from", parse_command_text("{gateway.id}/{/who}").value()}};
  const auto command = made(options, R"({"who":"ops"})");
  EXPECT_EQ(command.publication.expiry, 30s);
  ASSERT_EQ(command.publication.user_properties.size(), 1U);
  EXPECT_EQ(command.publication.user_properties[0].second, "edge-01/ops");
  EXPECT_EQ(ended(options, json(R"({"who":"a\nb"})")), "rejected (bad_value)");
  EXPECT_EQ(ended(options, json(R"({"who":[]})")), "rejected (bad_value)");
}

TEST(CommandText, TakesWhatIsInAProtobufEnvelope) {
  const std::string any = "\x0A\x05t.c/M\x12\x03\x08\x96\x01"s;
  EXPECT_EQ(value_in_any(any), "\x08\x96\x01"s);
  EXPECT_EQ(value_in_any("\x0A\x05t.c/M"s), ""s) << "a message with nothing set";
  EXPECT_FALSE(value_in_any(""));
  EXPECT_FALSE(value_in_any("\x12\x03\x08\x96\x01"s)) << "of no type";
  EXPECT_FALSE(value_in_any("\x0A\xFFx"s));
  const auto options = to("t");
  const auto command = make(options, {DataType::Protobuf, any});
  EXPECT_EQ(std::get<Command>(command).publication.payload, "\x08\x96\x01"s);
  EXPECT_EQ(ended(options, {DataType::Protobuf, "junk"}), "rejected (bad_value)");
}

TEST(CommandIds, AreShortTextsAndNumbers) {
  auto options = to("t");
  options.id = "/id";
  EXPECT_EQ(made(options, R"({"id":"a-1"})").id, "a-1");
  EXPECT_EQ(made(options, R"({"id":12345678901234567890})").id, "12345678901234567890");
  for (const auto& id :
       {R"("")"s, R"({})"s, "null"s, R"("a\nb")"s, "\"" + std::string(257, 'a') + "\""}) {
    EXPECT_EQ(ended(options, json(R"({"id":)" + id + "}")), "rejected (bad_value)") << id;
  }
  EXPECT_EQ(ended(options, json("{}")), "rejected (bad_value)");
}

TEST(CommandArguments, AreRejectedAsSuch) {
  auto options = to("t");
  options.when = {{.pointer = "/type", .one_of = {R"("set")"}}};
  options.arguments = {{.pointer = "/v", .type = ValueType::Number, .max = 5.0}};
  EXPECT_EQ(ended(options, json(R"({"type":"set","v":5})")), "made");
  EXPECT_EQ(ended(options, json(R"({"type":"set","v":6})")), "rejected (bad_argument)");
  EXPECT_EQ(ended(options, json(R"({"type":"set"})")), "rejected (bad_argument)");
  EXPECT_EQ(ended(options, json(R"({"type":"get","v":5})")), "rejected (unmatched)");
}

constexpr std::int64_t kNow = 1'795'000'000'000;  // in 2026
const webpubsub::WallTime kWall{std::chrono::milliseconds(kNow)};

JsonValue value(std::string_view text) { return parse_json_value(text); }

TEST(Deadline, IsATimeInAnyNotation) {
  for (const auto* text : {"1795000010", "1795000010000", "1795000010000000", R"("1795000010")",
                           R"("2026-11-18T11:06:50Z")", R"("2026-11-18T12:06:50+01:00")"}) {
    const auto at = value(text);
    EXPECT_EQ(time_left({.at = &at}, kWall), 10s) << text;
  }
  for (const auto* text : {"-1", "0", "true", "null", R"("")", R"("now")", "1e30", "[1795000010]",
                           R"("2026-02-30T00:00:00Z")"}) {
    const auto at = value(text);
    EXPECT_FALSE(time_left({.at = &at}, kWall)) << text;
  }
}

TEST(Deadline, IsWhatIsLeft) {
  const auto at = value("1795000010");
  EXPECT_EQ(time_left({.at = &at}, kWall), 10s);
  EXPECT_FALSE(time_left({.at = &at}, kWall + 10s));
  EXPECT_EQ(time_left({.at = &at, .tolerance = 3s}, kWall + 11s), 2s);
  const JsonValue absent{};
  EXPECT_FALSE(time_left({.at = &absent}, kWall));
}

TEST(Deadline, DoesNotBelieveAClockThatIsBehind) {
  const auto at = value("1795000010");
  const auto issued = value("1794999990");
  EXPECT_EQ(time_left({.at = &at, .issued = &issued}, kWall), 10s);
  // An hour behind, and years behind: what it had when it was sent.
  EXPECT_EQ(time_left({.at = &at, .issued = &issued}, kWall - 1h), 20s);
  EXPECT_EQ(time_left({.at = &at, .issued = &issued}, webpubsub::WallTime(60s)), 20s);
  EXPECT_FALSE(time_left({.at = &at}, webpubsub::WallTime(60s))) << "nobody can tell";
  const JsonValue absent{};
  EXPECT_FALSE(time_left({.at = &at, .issued = &absent}, kWall));
  const auto past = value("1794999980");
  EXPECT_FALSE(time_left({.at = &past, .issued = &issued}, kWall - 1h)) << "over when it was sent";
}

TEST(Deadline, MayBeALifetime) {
  for (const auto& now : {kWall, webpubsub::WallTime(60s)}) {
    const auto lifetime = value("1.5");
    EXPECT_EQ(time_left({.lifetime = &lifetime}, now), 1500ms);
  }
  for (const auto* text : {"0", "-1", R"("5")", "null"}) {
    const auto lifetime = value(text);
    EXPECT_FALSE(time_left({.lifetime = &lifetime}, kWall)) << text;
  }
  const auto forever = value("1e300");
  EXPECT_EQ(time_left({.lifetime = &forever}, kWall), 365 * 24h);
}

TEST(Deadline, EndsACommandAndTheBrokersPatience) {
  auto options = to("t");
  options.deadline.at = "/deadline";
  const auto result = make(options, json(R"({"deadline":1795000010})"), kWall);
  EXPECT_EQ(std::get<Command>(result).time_left, 10s);
  EXPECT_EQ(std::get<CommandEnd>(make(options, json("{}"), kWall)),
            CommandEnd{.outcome = Outcome::Expired});
}

TEST(SenderLimits, CountsEachSenderAndNoMoreThanThereIsRoomFor) {
  const webpubsub::TimePoint start{};
  SenderLimits limits(1);
  EXPECT_TRUE(limits.take("a", start));
  EXPECT_TRUE(limits.take("b", start));
  EXPECT_FALSE(limits.take("a", start));
  std::size_t taken = 0;
  for (int i = 0; i < 5000; ++i) taken += limits.take("user-" + std::to_string(i), start) ? 1U : 0U;
  EXPECT_LE(limits.size(), 1001U);
  EXPECT_LE(taken, 1000U) << "those for whom there is no room share one limit";
  EXPECT_TRUE(limits.take("late", start + 2s)) << "the idle made room";
}

}  // namespace
}  // namespace gateway
