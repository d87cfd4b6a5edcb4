#include "bridge/rules/expression/expression.h"

#include <array>
#include <random>

#include <gtest/gtest.h>

#include "tests/bridge/rules/stage_fixture.h"

namespace gateway {
namespace {

constexpr const char* kPayload =
    R"({"t":21.5,"n":-3,"zero":0,"on":true,"off":false,"none":null,"s":"Warm","digits":"7",)"
    R"("list":[1,2],"a":{"b":[10,20]}})";

bool holds(std::string_view text) {
  const TestMessage message(kPayload);
  const auto topics = TestMessage::topics();
  const auto expression = Expression::parse(text, {topics.variables(), nullptr});
  if (!expression) {
    ADD_FAILURE() << text << ": " << expression.error().message;
    return false;
  }
  Arena arena;
  Sample sample;
  Select({}, topics, "edge").run(message.view(), arena, sample);
  return expression->evaluate({message.view(), sample, arena});
}

class ExpressionThat : public testing::TestWithParam<const char*> {};
class Holds : public ExpressionThat {};
class HoldsNot : public ExpressionThat {};

TEST_P(Holds, IsTrue) { EXPECT_TRUE(holds(GetParam())); }
TEST_P(HoldsNot, IsFalse) { EXPECT_FALSE(holds(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Table, Holds,
    testing::Values("t > -40 && t <= 100", "t == 21.50", "2 + 3 * 4 == 14", "(2 + 3) * 4 == 20",
                    "10 - 4 - 3 == 3", "-n == 3", "7 % 4 == 3", "1e3 == 1000", "t / 2 == 10.75",
                    "on", "!off", "not off and on", "not (on && off)", "off or on", "not t == 5",
                    "on == true", "none == null", "zero == 0", "zero != false", "zero != null",
                    "s == 'Warm'", "s == \"Warm\"", "lower(s) == 'warm'", "upper(s) == 'WARM'",
                    "length(s) == 4", "contains(s, 'ar')", "starts_with(s, 'W')",
                    "ends_with(s, 'rm')", "abs(n) == 3", "number(digits) + 1 == 8",
                    "text(t) == '21.5'", "site == 'berlin'", "device in ['d1', 'd2']",
                    "t in [1, 21.5]", "n in [1, -3]", "qos == 1", "retained",
                    "time > 1763690400000", "topic == 's/berlin/d1'", "/a/b/1 == 20",
                    "/list/0 == 1", "exists(/a/b)", "exists(none)", "exists(list)",
                    "not exists(missing)", "missing != 1", "'a' < 'b'", "site > 'b'", "/s == s",
                    "number(on) == 1", "'it\\'s' == \"it's\"", "device matches '^d[0-9]+$'",
                    "not s matches 'x'", "s matches 'ar' && on", "/s matches '(?i)WARM'",
                    "trim(' a ') == 'a'", "trim('  ') == ''", "substring(s, 1, 2) == 'ar'",
                    "substring(s, 2, 99) == 'rm'", "round(t) == 22", "floor(n / 2) == -2",
                    "min(t, n) == -3", "max(t, n) == 21.5", "hour(time) == 2", "weekday(time) == 5",
                    "weekday(-1) == 3"));

INSTANTIATE_TEST_SUITE_P(
    Table, HoldsNot,
    testing::Values("t > 21.5", "missing == 1", "missing < 1", "missing >= 1", "missing",
                    "missing == missing", "s > 1", "s == 1", "none", "t", "list == list",
                    "t / 0 > 1", "t % 0 == 0", "s + 1 == 2", "number(s) == 0", "none < 1",
                    "none == false", "exists(/a/b/2)", "device in ['x']", "lower(t) == '21.5'",
                    "contains(missing, 'a')", "on && missing", "off || missing",
                    "device matches '^1'", "t matches '2'", "missing matches ''",
                    "substring(s, 5, 1) == ''", "substring(s, -1, 1) == ''", "max(t, s) > 0"));

struct Wrong {
  const char* text;
  const char* why;
};

class ExpressionRefusal : public testing::TestWithParam<Wrong> {};

TEST_P(ExpressionRefusal, SaysWhereAndWhy) {
  const auto topics = TestMessage::topics();
  const std::vector<std::string> fields{"t"};
  const auto expression = Expression::parse(GetParam().text, {topics.variables(), &fields});
  ASSERT_FALSE(expression);
  EXPECT_EQ(expression.error().message, GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExpressionRefusal,
    testing::Values(
        Wrong{"", "character 1: a value expected"}, Wrong{"t >", "character 4: a value expected"},
        Wrong{"t > 5)", "character 6: \")\" is too much here"},
        Wrong{"(t > 5", "character 7: ')' expected"},
        Wrong{"t = 5", "character 3: '=' is written '=='"},
        Wrong{"t & 5", "character 3: '&' means nothing here"},
        Wrong{"t > 'a", "character 5: this text is not closed"},
        Wrong{"t > 5x", "character 5: \"5x\" is no number"},
        Wrong{"1 < t < 5", "character 7: comparisons cannot follow one another; join them with &&"},
        Wrong{"u > 5",
              "character 1: \"u\" is no field that select makes, nor a capture; /u reads it from "
              "the payload"},
        Wrong{"site > 5",
              "character 6: text and a number are never compared; number(...) and text(...) "
              "convert"},
        Wrong{"site + 1 > 5",
              "character 1: a number expected, this is text; number(...) makes one of text"},
        Wrong{"retained > true", "character 10: true and false have no order"},
        Wrong{"t > 1 && qos", "character 10: true or false expected, this is a number"},
        Wrong{"qos", "character 1: true or false expected, this is a number"},
        Wrong{"site in 'a'", "character 9: a list expected, as in [\"a\", \"b\"]"},
        Wrong{"site in [1]", "character 10: text expected, this is a number"},
        Wrong{"lower(1) == 'a'", "character 7: text expected, this is a number"},
        Wrong{"contains(t)", "character 1: contains() takes two values"},
        Wrong{"/a~ == 1",
              "character 1: in a JSON pointer '~' is written \"~0\", and '/' within a name "
              "\"~1\""},
        Wrong{"sqrt(t) > 1",
              "character 1: there is no sqrt(); known: exists, number, text, lower, upper, length, "
              "contains, starts_with, ends_with, trim, substring, abs, round, floor, min, max, "
              "hour, weekday"},
        Wrong{"site matches t",
              "character 14: a regular expression in quotes expected, as in \"^d[0-9]+$\""},
        Wrong{"qos matches '1'", "character 1: text expected, this is a number"},
        Wrong{"site matches '('", "character 14: no regular expression: missing ): ("},
        Wrong{"substring(site, 1)", "character 1: substring() takes three values"}));

TEST(Expression, BoundsItsDepthAndLength) {
  const auto topics = TestMessage::topics();
  const Expression::Names names{topics.variables(), nullptr};
  EXPECT_TRUE(Expression::parse(std::string(60, '(') + "t" + std::string(60, ')'), names));
  EXPECT_FALSE(Expression::parse(std::string(70, '(') + "t" + std::string(70, ')'), names));
  EXPECT_FALSE(Expression::parse(std::string(70, '!') + "t", names));
  EXPECT_FALSE(Expression::parse("t == '" + std::string(5000, 'x') + "'", names));
  std::string chain = "on";
  while (chain.size() < 4000) chain += "&&on";
  EXPECT_TRUE(holds(chain));
}

TEST(Expression, NeitherCrashesNorHangsOnAnyWords) {
  constexpr std::array kWords = {"t",       "s",         "site", "(",     ")",      "[",   "]",
                                 ",",       "&&",        "||",   "not",   "in",     "==",  "<",
                                 "+",       "-",         "/",    "/a/b",  "1",      "'x'", "null",
                                 "matches", "substring", "on",   "lower", "exists", "\"",  "%"};
  std::mt19937 random(11);  // the same expressions in every run
  const auto topics = TestMessage::topics();
  const TestMessage message(kPayload);
  Arena arena;
  Sample sample;
  Select({}, topics, "edge").run(message.view(), arena, sample);
  int parsed = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto words = 1 + random() % 6; words > 0; --words) {
      text += kWords[random() % kWords.size()];
      text += ' ';
    }
    const auto expression = Expression::parse(text, {topics.variables(), nullptr});
    if (!expression) continue;
    ++parsed;
    static_cast<void>(expression->evaluate({message.view(), sample, arena}));
  }
  EXPECT_GT(parsed, 500);
}

}  // namespace
}  // namespace gateway
