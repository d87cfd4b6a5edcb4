#include "config/suggest.h"

#include <gtest/gtest.h>

namespace gateway::config {
namespace {

const std::vector<std::string_view> kKeys{"name", "topic", "qos", "keep_alive", "certificate_file",
                                          "id"};

TEST(NearMiss, FindsSlipsOfTheFinger) {
  for (const auto& [text, meant] : {std::pair{"nmae", "name"},
                                    {"topics", "topic"},
                                    {"qqs", "qos"},
                                    {"keepalive", "keep_alive"},
                                    {"Keep-Alive", "keep_alive"},
                                    {"cert", "certificate_file"},
                                    {"ID", "id"}}) {
    EXPECT_EQ(near_miss(text, kKeys), meant) << text;
  }
}

TEST(NearMiss, DoesNotGuessWildly) {
  for (const auto* const text : {"", "x", "xy", "store", "retained", "temperature"}) {
    EXPECT_EQ(near_miss(text, kKeys), std::nullopt) << text;
  }
  EXPECT_EQ(near_miss(std::string(10'000, 'n'), kKeys), std::nullopt);
}

TEST(NearMiss, DoesNotCompleteWhatCouldBeTwo) {
  EXPECT_EQ(near_miss("aaabbb", {"aaabbbcccddd", "aaabbbeeefff"}), std::nullopt);
}

TEST(Shown, CutsAtACharacterAndHidesControls) {
  EXPECT_EQ(shown("a\n\x7F"
                  "b"),
            "a??b");
  EXPECT_EQ(shown(std::string(64, 'x')), std::string(64, 'x'));
  EXPECT_EQ(shown(std::string(65, 'x')), std::string(64, 'x') + "...");
  EXPECT_EQ(shown(std::string(63, 'x') + "\xC3\xA9yz"), std::string(63, 'x') + "...");
}

TEST(ShownKey, EndsWhereAKeyEnds) {
  EXPECT_EQ(shown_key("keep_alive"), "keep_alive");
  EXPECT_EQ(shown_key("/a/b~1c"), "/a/b~1c");
  EXPECT_EQ(shown_key("password x"), "password...");
  EXPECT_EQ(shown_key("Endpoint=x"), "Endpoint...");
}

TEST(ListOf, ReadsAsASentence) {
  EXPECT_EQ(list_of({"a"}, "or"), "a");
  EXPECT_EQ(list_of({"a", "b"}, "or"), "a or b");
  EXPECT_EQ(list_of({"a", "b", "c"}, "and"), "a, b and c");
}

}  // namespace
}  // namespace gateway::config
