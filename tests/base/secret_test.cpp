#include "base/secret.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

TEST(Secret, IsRevealedOnlyWhenAsked) {
  const Secret secret("hunter2");
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret{}.empty());
  EXPECT_EQ(secret, Secret("hunter2"));
}

TEST(Secret, LeavesNothingBehindWhenItMoves) {
  for (const std::string text : {"short", "one that is too long for the string's own bytes"}) {
    Secret from(text);
    Secret to(std::move(from));
    EXPECT_EQ(to.reveal(), text);
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what this is about
    Secret assigned("old");
    assigned = std::move(to);
    EXPECT_EQ(assigned.reveal(), text);
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
    Secret copy;
    copy = assigned;
    EXPECT_EQ(copy, assigned);
  }
}

TEST(RedactUrl, ShowsWhereButNotWithWhat) {
  EXPECT_EQ(redact_url("wss://user:pw@host:1/client/hubs/h?hub=h&access_token=abc"),
            "wss://host:1/client/hubs/h?...");
  EXPECT_EQ(redact_url("https://host/path"), "https://host/path");
  EXPECT_EQ(redact_url("https://host?token"), "https://host?...");
  EXPECT_EQ(redact_url("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(redact_url("https://a:b@c@host/"), "https://host/");
  EXPECT_EQ(redact_url("no url?secret"), "no url?...");
  EXPECT_EQ(redact_url(""), "");
}

}  // namespace
}  // namespace webpubsub
