#include "webpubsub/service/filter_text.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

TEST(FilterText, QuotesTextsAndNothingElse) {
  const std::string user = "o'neil";
  EXPECT_EQ(filter_text("userId eq {}", {user}), "userId eq 'o''neil'");
  EXPECT_EQ(filter_text("{} in groups and length(userId) gt {}", {"a", 5}),
            "'a' in groups and length(userId) gt 5");
  EXPECT_EQ(filter_text("userId ne {} and {}", {nullptr, true}), "userId ne null and true");
  EXPECT_EQ(filter_text("length(userId) lt {}", {std::int64_t{-1}}), "length(userId) lt -1");
}

TEST(FilterText, LetsNoValueOutOfItsQuotes) {
  EXPECT_EQ(filter_text("userId eq {}", {"' or true or userId eq '"}),
            "userId eq ''' or true or userId eq '''");
  EXPECT_EQ(filter_text("userId in ({},{})", {"{}", "b"}), "userId in ('{}','b')");
}

TEST(FilterText, LeavesWhatIsWithoutAPartner) {
  EXPECT_EQ(filter_text("true", {"unused"}), "true");
  EXPECT_EQ(filter_text("userId eq {}", {}), "userId eq {}");
}

}  // namespace
}  // namespace webpubsub
