#include "config/expand.h"

#include <gtest/gtest.h>

#include "tests/config/config_fixture.h"

namespace gateway::config {
namespace {

std::string expanded(std::string_view text) {
  const auto result =
      expand(text, test_environment({{"A", "1"}, {"EMPTY", ""}, {"NESTED", "${A}"}, {"_b2", "2"}}));
  return result ? *result : "error";
}

TEST(Expand, PutsVariablesIn) {
  EXPECT_EQ(expanded("plain"), "plain");
  EXPECT_EQ(expanded("${A}"), "1");
  EXPECT_EQ(expanded("x${A}y${_b2}z"), "x1y2z");
  EXPECT_EQ(expanded("${EMPTY}"), "");
}

TEST(Expand, TakesTheDefaultForWhatIsUnsetOrEmpty) {
  EXPECT_EQ(expanded("${A:-2}"), "1");
  EXPECT_EQ(expanded("${NONE:-2}"), "2");
  EXPECT_EQ(expanded("${EMPTY:-2}"), "2");
  EXPECT_EQ(expanded("${NONE:-}"), "");
  EXPECT_EQ(expanded("${NONE:-a:-b}"), "a:-b");
}

TEST(Expand, LeavesEscapedAndLoneDollarsAlone) {
  EXPECT_EQ(expanded("$${A}"), "${A}");
  EXPECT_EQ(expanded("$$${A}"), "$${A}");
  EXPECT_EQ(expanded("$A $ $$ {A}"), "$A $ $$ {A}");
  EXPECT_EQ(expanded("a$"), "a$");
}

TEST(Expand, DoesNotExpandWhatItPutIn) { EXPECT_EQ(expanded("${NESTED}"), "${A}"); }

TEST(Expand, RefusesTheRest) {
  for (const auto* const text :
       {"${NONE}", "${", "${A", "${}", "${ A}", "${A-x}", "${1}", "${A b}"}) {
    EXPECT_EQ(expanded(text), "error") << text;
  }
}

TEST(Expand, UndoesEscape) {
  for (const auto* const text : {"", "$", "${", "$${", "$$${A}", "a${A}b$${", "{}"}) {
    EXPECT_EQ(expanded(escape(text)), text);
  }
}

}  // namespace
}  // namespace gateway::config
