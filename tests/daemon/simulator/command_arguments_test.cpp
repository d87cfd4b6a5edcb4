#include "daemon/simulator/command_arguments.h"

#include <string>

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(CommandArguments, TakesANumberOrAWord) {
  const auto number = parse_command_arguments(R"({"value":22.5})");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->number, 22.5);
  EXPECT_FALSE(number->word);
  const auto word = parse_command_arguments(R"({"value":"high"})");
  ASSERT_TRUE(word);
  EXPECT_EQ(word->word, "high");
  EXPECT_FALSE(word->number);
}

TEST(CommandArguments, LooksIntoAWholeMessage) {
  const auto found = parse_command_arguments(
      R"({"type":"command","device":"climate-01","name":"set-point","args":{"value":19}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->number, 19);
}

TEST(CommandArguments, NothingAtAllIsNoArguments) {
  for (const char* payload : {"", "{}", R"({"args":{}})", R"({"value":null})"}) {
    const auto found = parse_command_arguments(payload);
    ASSERT_TRUE(found) << payload;
    EXPECT_FALSE(found->number || found->word) << payload;
  }
}

TEST(CommandArguments, RefusesWhatIsNoObject) {
  for (const char* payload : {"22", "[1]", "{\"value\":", "\"x\"", "\xff\xfe", "{} {}"}) {
    EXPECT_FALSE(parse_command_arguments(payload)) << payload;
  }
  EXPECT_FALSE(parse_command_arguments(R"({"value":")" + std::string(5000, 'x') + "\"}"));
}

TEST(CommandArguments, AnUnusableNumberIsNone) {
  const auto found = parse_command_arguments(R"({"value":0.00000000001e-2147483639})");
  EXPECT_TRUE(!found || !found->number);
}

}  // namespace
}  // namespace gateway
