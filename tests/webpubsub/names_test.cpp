#include "webpubsub/protocol/names.h"

#include <string>

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

TEST(Names, HubNames) {
  for (const auto* good : {"a", "Chat", "h_1", "a`,.[]", "telemetry"}) {
    EXPECT_TRUE(is_valid_hub_name(good)) << good;
  }
  for (const auto* bad : {"", "1a", "_a", "a-b", "a b", "a/b", "\xC3\xA4"}) {
    EXPECT_FALSE(is_valid_hub_name(bad)) << bad;
  }
  EXPECT_TRUE(is_valid_hub_name(std::string(128, 'h')));
  EXPECT_FALSE(is_valid_hub_name(std::string(129, 'h')));
}

TEST(Names, GroupNamesAreAlmostAnything) {
  for (const auto* good : {"a", " a ", "site/1", "$x", "gr\xC3\xBC\xC3\x9F"}) {
    EXPECT_TRUE(is_valid_group_name(good)) << good;
  }
  for (const auto* bad : {"", " ", " \t\r\n", "\xFF"}) {
    EXPECT_FALSE(is_valid_group_name(bad)) << bad;
  }
}

TEST(Names, GroupNamesAreCountedInCharacters) {
  std::string name;
  for (int i = 0; i < 1024; ++i) name += "\xE2\x82\xAC";
  EXPECT_TRUE(is_valid_group_name(name));
  EXPECT_FALSE(is_valid_group_name(name + "a"));
  EXPECT_FALSE(is_valid_group_name(std::string(100'000, 'a')));
}

TEST(Names, EventNames) {
  for (const auto* good : {"a", "Telemetry", "a_b.c-1"}) {
    EXPECT_TRUE(is_valid_event_name(good)) << good;
  }
  for (const auto* bad : {"", "1", ".a", "a b", "a/b", "a,b", "\xC3\xA4"}) {
    EXPECT_FALSE(is_valid_event_name(bad)) << bad;
  }
  EXPECT_TRUE(is_valid_event_name(std::string(128, 'e')));
  EXPECT_FALSE(is_valid_event_name(std::string(129, 'e')));
}

}  // namespace
}  // namespace webpubsub
