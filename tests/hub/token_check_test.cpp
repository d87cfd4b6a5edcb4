#include "hub/token_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/auth/connection_string.h"

namespace webpubsub::hub {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = std::chrono::system_clock::from_time_t(1'763'690'400);
const Secret kKey{std::string(kLocalAccessKey)};
const Secret kSecondKey{std::string(44, 'k')};

TokenCheck make_check() {
  TokenCheck check({kKey, kSecondKey}, false);
  check.set_authority("127.0.0.1:8080");
  return check;
}

std::string sign(const std::string& audience, const Secret& key = kKey,
                 std::chrono::seconds expires_in = 60min) {
  return sign_token(
      {.audience = audience, .user_id = "ann", .issued = kNow, .expires = kNow + expires_in}, key);
}

bool client_accepts(const std::string& token, std::string_view hub = "chat",
                    const std::string& host = "localhost:8080") {
  const net::HttpRequest request{.method = "GET",
                                 .path = "/client/hubs/" + std::string(hub),
                                 .query = "access_token=" + token,
                                 .headers = {{"Host", host}}};
  return make_check().client(request, hub, kNow).has_value();
}

TEST(ClientToken, IsTakenFromQueryOrHeaderAndTheQueryWins) {
  const std::string good = sign("http://localhost:8080/client/hubs/chat");
  net::HttpRequest request{
      .headers = {{"host", "localhost:8080"}, {"Authorization", "bearer " + good}}};
  EXPECT_TRUE(make_check().client(request, "chat", kNow));
  request.query = "ACCESS_TOKEN=nonsense";
  EXPECT_FALSE(make_check().client(request, "chat", kNow));
  request.query = "Access_Token=" + good;
  request.headers.pop_back();
  const auto token = make_check().client(request, "chat", kNow);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->user_id, "ann");
  request.query = "";
  const auto none = make_check().client(request, "chat", kNow);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::Unauthorized);
}

struct AudienceCase {
  std::string audience;
  bool accepted;
};

TEST(ClientAudience, MustMatchAsAWhole) {
  for (const AudienceCase& each :
       std::vector<AudienceCase>{{"http://localhost:8080/client/hubs/chat", true},
                                 {"http://127.0.0.1:8080/client/hubs/chat", true},
                                 {"https://localhost:8080/client/hubs/chat", true},
                                 {"HTTP://LOCALHOST:8080/client/hubs/CHAT", true},
                                 {"ws://localhost:8080/client/hubs/chat", false},
                                 {"wss://localhost:8080/client/hubs/chat", false},
                                 {"http://localhost:8080/client/hubs/chat/", false},
                                 {"http://localhost:8080/client/hubs/chat?x=1", false},
                                 {"http://localhost:8080/client/hubs/chatter", false},
                                 {"http://localhost:8080/client/hubs/other", false},
                                 {"http://localhost/client/hubs/chat", false},
                                 {"http://elsewhere:8080/client/hubs/chat", false},
                                 {"http://localhost:8080/api/hubs/chat", false},
                                 {"localhost:8080/client/hubs/chat", false},
                                 {"", false}}) {
    EXPECT_EQ(client_accepts(sign(each.audience)), each.accepted) << each.audience;
  }
}

TEST(ClientToken, HubMayBeEscapedInTheAudience) {
  EXPECT_TRUE(client_accepts(sign("http://localhost:8080/client/hubs/a%5B1%5D"), "a[1]"));
  EXPECT_TRUE(client_accepts(sign("http://localhost:8080/client/hubs/a[1]"), "a[1]"));
}

TEST(ClientToken, DefaultPortIsNoPartOfTheAudience) {
  EXPECT_TRUE(client_accepts(sign("http://hub.local/client/hubs/chat"), "chat", "hub.local:80"));
  EXPECT_TRUE(client_accepts(sign("http://hub.local/client/hubs/chat"), "chat", "hub.local"));
}

TEST(ClientToken, AnyOfTheKeysSignsAndNoOther) {
  const std::string audience = "http://localhost:8080/client/hubs/chat";
  EXPECT_TRUE(client_accepts(sign(audience, kSecondKey)));
  EXPECT_FALSE(client_accepts(sign(audience, Secret(std::string(44, 'x')))));
}

TEST(ClientToken, ExpiryAllowsFiveMinutesOfSkew) {
  const std::string audience = "http://localhost:8080/client/hubs/chat";
  EXPECT_TRUE(client_accepts(sign(audience, kKey, -4min)));
  EXPECT_FALSE(client_accepts(sign(audience, kKey, -6min)));
}

TEST(ClientToken, HostileTokensAreRefused) {
  const std::string good = sign("http://localhost:8080/client/hubs/chat");
  const std::size_t dot = good.find('.');
  const std::string body = good.substr(dot, good.rfind('.') - dot);
  const std::string signature = good.substr(good.rfind('.'));
  EXPECT_FALSE(client_accepts(base64url_encode(R"({"alg":"none","typ":"JWT"})") + body + "."));
  EXPECT_FALSE(client_accepts(base64url_encode(R"({"alg":"none"})") + body + signature));
  EXPECT_FALSE(client_accepts(good.substr(0, good.size() - 2)));
  EXPECT_FALSE(client_accepts(good + "."));
  EXPECT_FALSE(client_accepts("."));
  EXPECT_FALSE(client_accepts(".."));
  EXPECT_FALSE(client_accepts(std::string(100'000, 'a')));
  EXPECT_FALSE(client_accepts(good.substr(0, dot + 1) + base64url_encode("[[[[") + signature));
}

bool rest_accepts(const std::string& audience, const std::string& path = "/api/hubs/chat/:send",
                  const std::string& query = "api-version=2024-12-01") {
  const net::HttpRequest request{
      .method = "POST",
      .path = path,
      .query = query,
      .headers = {{"Host", "localhost:8080"}, {"Authorization", "Bearer " + sign(audience)}}};
  return make_check().rest(request, kNow).has_value();
}

TEST(RestAudience, IsTheUrlWithoutItsQueryUpToABorder) {
  for (const AudienceCase& each : std::vector<AudienceCase>{
           {"://localhost:8080/api/hubs/chat/:send", true},
           {"://localhost:8080/api/hubs/chat/:send?api-version=2024-12-01", true},
           {"://localhost:8080/api/hubs/chat/:send?api-version=stale", true},
           {"://localhost:8080/api/hubs/chat/:send/", true},
           {"://localhost:8080/api/hubs/chat/:send/child", true},
           {"://127.0.0.1:8080/api/hubs/CHAT/:send", true},
           {"s://localhost:8080/api/hubs/chat/:send", true},
           {"://localhost:8080/api/hubs/chat/:sendSuffix", false},
           {"://localhost:8080/api/hubs/chat", false},
           {"://localhost:8080/api/hubs/other/:send", false},
           {"://localhost:9999/api/hubs/chat/:send", false},
           {"://localhost:8080/client/hubs/chat", false}}) {
    EXPECT_EQ(rest_accepts("http" + each.audience), each.accepted) << each.audience;
  }
}

TEST(RestToken, SchemesOfWebSocketsAreGoodAndOthersAreNot) {
  const auto accepts = [](const std::string& audience) {
    const net::HttpRequest request{
        .path = "/api/hubs/chat/:send",
        .headers = {{"Host", "localhost:8080"}, {"Authorization", "Bearer " + sign(audience)}}};
    return make_check().rest(request, kNow).has_value();
  };
  EXPECT_TRUE(accepts("ws://localhost:8080/api/hubs/chat/:send"));
  EXPECT_TRUE(accepts("wss://localhost:8080/api/hubs/chat/:send"));
  EXPECT_FALSE(accepts("ftp://localhost:8080/api/hubs/chat/:send"));
}

TEST(RestToken, EscapedNamesAreComparedAsWrittenAndAsMeant) {
  const std::string base = "http://localhost:8080/api/hubs/chat/groups/";
  EXPECT_TRUE(rest_accepts(base + "a%2Fb/:send", "/api/hubs/chat/groups/a%2Fb/:send"));
  EXPECT_TRUE(rest_accepts(base + "a%20b/:send", "/api/hubs/chat/groups/a%20b/:send"));
  EXPECT_TRUE(rest_accepts(base + "a b/:send", "/api/hubs/chat/groups/a%20b/:send"));
  EXPECT_TRUE(rest_accepts(base + "%C3%A4/:send", "/api/hubs/chat/groups/%c3%a4/:send"));
  EXPECT_FALSE(rest_accepts(base + "a/b/:send", "/api/hubs/chat/groups/a%2Fb/:send"));
}

TEST(DecodePath, KeepsEscapedSlashesAndBrokenEscapes) {
  EXPECT_EQ(decode_path("a%20b+c"), "a b+c");
  EXPECT_EQ(decode_path("a%2Fb%2fc"), "a%2Fb%2fc");
  EXPECT_EQ(decode_path("a%252Fb"), "a%2Fb");
  EXPECT_EQ(decode_path("50%"), "50%");
  EXPECT_EQ(decode_path("%zz%4"), "%zz%4");
  EXPECT_EQ(decode_path("%5B1%5D"), "[1]");
}

}  // namespace
}  // namespace webpubsub::hub
