#include "bridge/mqtt/reasons.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using webpubsub::Errc;

TEST(Reasons, SayWhatAnOperatorCanDo) {
  EXPECT_EQ(connect_refused(4, "mqtt://b:1").message,
            "mqtt://b:1 refused the connection: wrong user name or password (code 4)");
  EXPECT_EQ(connect_refused(0x86, "mqtt://b:1").code, Errc::Unauthorized);
  EXPECT_EQ(connect_refused(0x86, "mqtt://b:1").service_code, 0x86);
  EXPECT_EQ(connect_refused(0x85, "mqtt://b:1").code, Errc::InvalidArgument);
  EXPECT_EQ(connect_refused(0x88, "mqtt://b:1").code, Errc::Unavailable);
  EXPECT_NE(connection_ended(0x8E, "mqtt://b:1").message.find("our client id"), std::string::npos);
  EXPECT_EQ(connection_ended(0, "mqtt://b:1").message, "the connection to mqtt://b:1 was lost");
  EXPECT_EQ(subscription_refused(0x80).code, Errc::Unauthorized);
  EXPECT_EQ(publication_refused(0x87).code, Errc::Unauthorized);
  EXPECT_EQ(publication_refused(0x97).code, Errc::ResourceExhausted);
}

TEST(Reasons, AVersionIsRefusedInEitherVersion) {
  EXPECT_TRUE(is_version_refused(1));
  EXPECT_TRUE(is_version_refused(0x84));
  EXPECT_FALSE(is_version_refused(0x87));
  EXPECT_FALSE(is_version_refused(-1));
}

TEST(Reasons, WrongSettingsNeedAnOperator) {
  EXPECT_TRUE(needs_operator(connect_refused(5, "")));
  EXPECT_TRUE(needs_operator(connect_refused(2, "")));
  EXPECT_FALSE(needs_operator(connect_refused(0x89, "")));
  EXPECT_FALSE(needs_operator(connection_ended(0x8E, "")));
}

TEST(Reasons, EveryCodeHasWords) {
  for (int code = 0; code <= 0xFF; ++code) {
    EXPECT_FALSE(connect_refused(code, "b").message.empty());
    EXPECT_FALSE(connection_ended(code, "b").message.empty());
    EXPECT_FALSE(subscription_refused(code).message.empty());
  }
}

}  // namespace
}  // namespace gateway
