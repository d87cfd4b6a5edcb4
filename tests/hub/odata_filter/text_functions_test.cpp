#include "hub/odata_filter/text_functions.h"

#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

TEST(FilterText, CountsUtf16Units) {
  EXPECT_EQ(utf16_length(""), 0);
  EXPECT_EQ(utf16_length("abc"), 3);
  EXPECT_EQ(utf16_length("größe"), 5);
  EXPECT_EQ(utf16_length("a€b"), 3);
  EXPECT_EQ(utf16_length("a😀b"), 4);
}

TEST(FilterText, FindsPositions) {
  EXPECT_EQ(utf16_index("größe", "e"), 4);
  EXPECT_EQ(utf16_index("😀b", "b"), 2);
  EXPECT_EQ(utf16_index("abc", ""), 0);
  EXPECT_EQ(utf16_index("abc", "d"), -1);
}

TEST(FilterText, CutsWithinItsEnds) {
  EXPECT_EQ(utf16_substring("device-7", 7, {}), "7");
  EXPECT_EQ(utf16_substring("device-7", 0, 6), "device");
  EXPECT_EQ(utf16_substring("größe", 2, 2), "öß");
  EXPECT_EQ(utf16_substring("abc", -5, 2), "ab");
  EXPECT_EQ(utf16_substring("abc", 9, 2), "");
  EXPECT_EQ(utf16_substring("abc", 1, -1), "");
  EXPECT_EQ(utf16_substring("abc", 1, 99), "bc");
  EXPECT_EQ(utf16_substring("abc", 9'223'372'036'854'775'807, 9'223'372'036'854'775'807), "");
}

TEST(FilterText, NeverCutsACharacter) {
  EXPECT_EQ(utf16_substring("a😀b", 0, 2), "a");
  EXPECT_EQ(utf16_substring("a😀b", 0, 3), "a😀");
  EXPECT_EQ(utf16_substring("a😀b", 2, 2), "b");
}

TEST(FilterText, TrimsAndChangesCase) {
  EXPECT_EQ(trim_spaces(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim_spaces(" \n"), "");
  EXPECT_EQ(to_lower("ÄBC-z9"), "Äbc-z9");
  EXPECT_EQ(to_upper("äbc-Z9"), "äBC-Z9");
}

}  // namespace
}  // namespace webpubsub::hub
