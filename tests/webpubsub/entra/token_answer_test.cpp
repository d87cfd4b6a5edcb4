#include <gtest/gtest.h>

#include "webpubsub/entra/token_exchange.h"

namespace webpubsub {
namespace {

using std::chrono_literals::operator""s;

TEST(TokenAnswer, TellsTokenAndLife) {
  const WallTime now = wall_now();
  for (const char* body : {R"({"access_token":"t","expires_in":3600})",
                           R"({"access_token":"t","expires_in":"3600","expires_on":"1"})"}) {
    const auto token = parse_token_answer(body, now);
    ASSERT_TRUE(token) << body;
    EXPECT_EQ(token->token.reveal(), "t");
    EXPECT_EQ(token->expires, now + 3600s);
  }
  const std::int64_t then = unix_milliseconds(now) / 1000 + 7200;
  const auto token = parse_token_answer(
      R"({"access_token":"t","expires_on":")" + std::to_string(then) + R"("})", now);
  ASSERT_TRUE(token);
  EXPECT_EQ(unix_milliseconds(token->expires), then * 1000);
}

TEST(TokenAnswer, BoundsAnAbsurdLife) {
  const WallTime now = wall_now();
  for (const char* body : {R"({"access_token":"t","expires_in":9223372036854775807})",
                           R"({"access_token":"t","expires_on":9223372036854775807})"}) {
    const auto token = parse_token_answer(body, now);
    ASSERT_TRUE(token) << body;
    EXPECT_LE(token->expires, now + std::chrono::hours(366 * 24));
    EXPECT_GT(token->expires, now);
  }
}

TEST(TokenAnswer, RefusesWhatIsNone) {
  for (const char* body :
       {"", "[]", "{}", R"({"access_token":"t"})", R"({"expires_in":5})",
        R"({"access_token":"","expires_in":5})", R"({"access_token":"t","expires_in":-5})",
        R"({"access_token":"t","expires_in":"soon"})",
        R"({"access_token":"t","expires_in":1.5})"}) {
    const auto token = parse_token_answer(body, wall_now());
    ASSERT_FALSE(token) << body;
    EXPECT_EQ(token.error().code, Errc::Protocol);
  }
}

TEST(TokenAnswer, ARefusalTellsWhoAndWhy) {
  const Error error = error_of_token_answer(
      {.status = 401, .body = R"({"error":"invalid_client","error_description":"AADSTS7000215"})"},
      "Entra");
  EXPECT_EQ(error.code, Errc::Unauthorized);
  EXPECT_EQ(error.service_code, 401);
  EXPECT_EQ(error.message, "Entra refused a token with status 401: invalid_client: AADSTS7000215");
  EXPECT_EQ(error_of_token_answer({.status = 503}, "Entra").code, Errc::Unavailable);
  EXPECT_EQ(error_of_token_answer({.status = 429}, "Entra").code, Errc::Unavailable);
  EXPECT_EQ(error_of_token_answer({.status = 400, .body = "<html>"}, "Entra").message,
            "Entra refused a token with status 400");
}

TEST(TokenAnswer, FormsAreEscaped) {
  EXPECT_EQ(form_of({{"a", "x y&z"}, {"b", "https://h/.default"}}),
            "a=x%20y%26z&b=https%3A%2F%2Fh%2F.default");
}

}  // namespace
}  // namespace webpubsub
