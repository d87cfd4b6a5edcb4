#include "webpubsub/auth/access_token.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"
#include "webpubsub/auth/connection_string.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Secret kKey{std::string(kLocalAccessKey)};
const WallTime kNow{std::chrono::seconds(1'700'000'000)};

/// A token with any header and claims under a right signature.
std::string made(std::string_view header, std::string_view claims, const Secret& key = kKey) {
  const std::string text = base64url_encode(header) + "." + base64url_encode(claims);
  unsigned char mac[32];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &length);
  return text + "." + base64url_encode({reinterpret_cast<const char*>(mac), sizeof mac});
}
std::string with_claims(std::string_view claims) {
  return made(R"({"alg":"HS256","typ":"JWT"})", claims);
}
Result<VerifiedToken> verified(std::string_view token) {
  return verify_token(token, {kKey}, kNow, 60s);
}
std::string refusal(std::string_view token) {
  const auto result = verified(token);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, Errc::Unauthorized);
  return result.error().message;
}

TEST(AccessToken, TheExampleOfTheStandardHolds) {
  // RFC 7515, appendix A.1: an independent signature over bytes that are not ours.
  constexpr std::string_view kToken =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "lfQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto key = base64url_decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(key);
  const WallTime valid{std::chrono::seconds(1'300'819'379)};
  EXPECT_TRUE(verify_token(kToken, {Secret(*key)}, valid, 0s));
  EXPECT_FALSE(verify_token(kToken, {Secret(*key)}, valid + 1s, 0s));
}

TEST(AccessToken, ExactBytes) {
  TokenClaims claims;
  claims.audience = "http://localhost:8080/client/hubs/chat";
  claims.user_id = "gw-1";
  claims.roles = {"webpubsub.joinLeaveGroup.a", "webpubsub.sendToGroup"};
  claims.groups = {"g"};
  claims.issued = kNow;
  claims.expires = kNow + 1h;
  const std::string token = sign_token(claims, kKey);
  EXPECT_EQ(
      token,
      made(R"({"alg":"HS256","typ":"JWT"})",
           R"({"aud":"http://localhost:8080/client/hubs/chat","iat":1700000000,"exp":1700003600,)"
           R"("sub":"gw-1","role":["webpubsub.joinLeaveGroup.a","webpubsub.sendToGroup"],)"
           R"("webpubsub.group":["g"]})"));
  EXPECT_TRUE(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
}

TEST(AccessToken, AnonymousTokensCarryOnlyWhatTheyMust) {
  TokenClaims claims;
  claims.audience = "a";
  claims.issued = kNow;
  claims.expires = kNow + 60s;
  EXPECT_EQ(sign_token(claims, kKey),
            with_claims(R"({"aud":"a","iat":1700000000,"exp":1700000060})"));
}

TEST(AccessToken, WhatWasSignedIsRead) {
  TokenClaims claims;
  claims.audience = "https://x/client/hubs/h";
  claims.user_id = "u \"\xC3\xA4";
  claims.roles = {"r1", "r2"};
  claims.groups = {"g.1", "g 2"};
  claims.issued = kNow;
  claims.expires = kNow + 1h;
  const auto token = verified(sign_token(claims, kKey));
  ASSERT_TRUE(token);
  EXPECT_THAT(token->audiences, ElementsAre(claims.audience));
  EXPECT_EQ(token->user_id, claims.user_id);
  EXPECT_EQ(token->roles, claims.roles);
  EXPECT_EQ(token->groups, claims.groups);
}

TEST(AccessToken, ListsMayBeSingleStrings) {
  const auto token = verified(with_claims(
      R"({"exp":1700000001,"aud":["a","b"],"role":"r","webpubsub.group":"g","other":{"x":[1]}})"));
  ASSERT_TRUE(token);
  EXPECT_THAT(token->audiences, ElementsAre("a", "b"));
  EXPECT_THAT(token->roles, ElementsAre("r"));
  EXPECT_THAT(token->groups, ElementsAre("g"));
  const auto bare = verified(with_claims(R"({"exp":1700000001,"sub":null,"role":null})"));
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->user_id, "");
  EXPECT_THAT(bare->audiences, IsEmpty());
}

TEST(AccessToken, AnyOfSeveralKeysWill) {
  const std::string token = with_claims(R"({"exp":1700000001})");
  const Secret other{std::string(44, 'x')};
  EXPECT_TRUE(verify_token(token, {other, kKey}, kNow, 0s));
  EXPECT_TRUE(verify_token(token, {kKey, other}, kNow, 0s));
  EXPECT_FALSE(verify_token(token, {other}, kNow, 0s));
  EXPECT_FALSE(verify_token(token, {}, kNow, 0s));
  EXPECT_FALSE(verify_token(made(R"({"alg":"HS256"})", R"({"exp":1700000001})", Secret()),
                            {Secret()}, kNow, 0s));
}

TEST(AccessToken, Lifetime) {
  EXPECT_EQ(refusal(with_claims(R"({"exp":1699999941})")), "accepted");  // within the skew
  EXPECT_EQ(refusal(with_claims(R"({"exp":1699999940})")), "access token: it has expired");
  EXPECT_EQ(refusal(with_claims(R"({"exp":1700000000.5,"nbf":1700000060})")), "accepted");
  EXPECT_EQ(refusal(with_claims(R"({"exp":1800000000,"nbf":1700000061})")),
            "access token: it is not valid yet");
  EXPECT_EQ(refusal(with_claims(R"({"exp":99999999999999999999})")), "accepted");
  constexpr auto kNoExpiry = "access token: exp is missing or not a date";
  for (const auto* claims :
       {R"({})", R"({"exp":null})", R"({"exp":"1800000000"})", R"({"exp":-1})", R"({"exp":[1]})"}) {
    EXPECT_EQ(refusal(with_claims(claims)), kNoExpiry) << claims;
  }
  EXPECT_EQ(refusal(with_claims(R"({"exp":1800000000,"nbf":"x"})")),
            "access token: nbf is not a date");
}

TEST(AccessToken, OnlyOurAlgorithmCounts) {
  constexpr auto kWrong = "access token: it is not signed with HS256";
  constexpr auto kClaims = R"({"exp":1800000000})";
  for (const auto* header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"RS256"})", R"({"alg":"HS512"})",
        R"({"alg":"hs256"})", R"({"alg":["HS256"]})", R"({"typ":"JWT"})", R"({})", R"([])", "x",
        R"({"alg":"HS256","alg":"none"})", R"({"alg":"HS256","crit":["exp"]})"}) {
    EXPECT_EQ(refusal(made(header, kClaims)), kWrong) << header;
  }
  EXPECT_EQ(refusal(made(R"({"kid":"1","alg":"HS256"})", kClaims)), "accepted");
  EXPECT_EQ(refusal(base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(kClaims) + "."),
            kWrong);
}

TEST(AccessToken, TamperingShows) {
  const std::string token = with_claims(R"({"exp":1800000000,"sub":"a"})");
  const auto first = token.find('.');
  const auto second = token.rfind('.');
  const std::string other = base64url_encode(R"({"exp":1800000000,"sub":"b"})");
  constexpr auto kMismatch = "access token: its signature does not match";
  EXPECT_EQ(refusal(token), "accepted");
  EXPECT_EQ(refusal(token.substr(0, first + 1) + other + token.substr(second)), kMismatch);
  EXPECT_EQ(refusal(token.substr(0, second + 1)), kMismatch);
  EXPECT_EQ(refusal(token.substr(0, second + 1) + base64url_encode(std::string(31, 'x'))),
            kMismatch);
  std::string flipped = token;
  flipped[second + 5] = flipped[second + 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(flipped), kMismatch);
}

TEST(AccessToken, ShapesThatAreNoToken) {
  constexpr auto kShape = "access token: it is not a compact JSON Web Token";
  const std::string token = with_claims(R"({"exp":1800000000})");
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a.b"), std::string("%.%.%"), token + ".",
        token + ".x", token + "=", token + " ", " " + token}) {
    EXPECT_EQ(refusal(text), kShape) << text;
  }
  EXPECT_EQ(refusal(std::string(100'000, 'a')), "access token: it is too long");
  EXPECT_EQ(refusal(with_claims("[]")), "access token: its claims are not a JSON object");
  EXPECT_EQ(refusal(with_claims("{")), "access token: its claims are not a JSON object");
}

TEST(AccessToken, ClaimsOfTheWrongKind) {
  EXPECT_EQ(refusal(with_claims(R"({"exp":1800000000,"sub":1})")),
            "access token: sub is not a string");
  EXPECT_EQ(refusal(with_claims(R"({"exp":1800000000,"role":[1]})")),
            "access token: role is neither a string nor a list of strings");
  EXPECT_EQ(refusal(with_claims(R"({"exp":1800000000,"webpubsub.group":{}})")),
            "access token: webpubsub.group is neither a string nor a list of strings");
  EXPECT_EQ(refusal(with_claims(R"({"exp":1800000000,"aud":5})")),
            "access token: aud is neither a string nor a list of strings");
}

TEST(AccessToken, Audience) {
  EXPECT_EQ(client_audience("https://x.webpubsub.azure.com", "chat"),
            "https://x.webpubsub.azure.com/client/hubs/chat");
  EXPECT_EQ(client_audience("http://localhost:8080/", "Chat"),
            "http://localhost:8080/client/hubs/Chat");
  EXPECT_EQ(client_audience("http://h", "a[b]"), "http://h/client/hubs/a%5Bb%5D");
}

}  // namespace
}  // namespace webpubsub
