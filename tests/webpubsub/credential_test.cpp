#include "webpubsub/auth/credential.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/auth/roles.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Result<Secret> url_of(Credential& credential) {
  std::optional<Result<Secret>> answer;
  credential.client_access_url([&](Result<Secret> url) { answer = std::move(url); });
  if (!answer) return Error{Errc::Internal, "no answer", 0};
  return *std::move(answer);
}

ConnectionString local() { return {"http://localhost:8080", Secret(std::string(kLocalAccessKey))}; }

TEST(KeyCredential, SignsAUrlForTheHub) {
  const auto credential = make_key_credential(
      local(), {.hub = "chat",
                .user_id = "gw",
                .roles = {send_to_role("a.b"), join_leave_role("c"), std::string(kSendToAny)},
                .groups = {"g"},
                .lifetime = 60min});
  const auto url = url_of(*credential);
  ASSERT_TRUE(url);
  constexpr std::string_view kStart = "ws://localhost:8080/client/hubs/chat?access_token=";
  ASSERT_TRUE(url->reveal().starts_with(kStart)) << url->reveal();
  const auto token =
      verify_token(url->reveal().substr(kStart.size()), {local().access_key}, wall_now(), 5s);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_THAT(token->audiences, ElementsAre("http://localhost:8080/client/hubs/chat"));
  EXPECT_EQ(token->user_id, "gw");
  EXPECT_THAT(token->roles, ElementsAre("webpubsub.sendToGroup.a.b", "webpubsub.joinLeaveGroup.c",
                                        "webpubsub.sendToGroup"));
  EXPECT_THAT(token->groups, ElementsAre("g"));
  EXPECT_FALSE(verify_token(url->reveal().substr(kStart.size()), {local().access_key},
                            wall_now() + 61min, 0s));
}

TEST(KeyCredential, HttpsBecomesWss) {
  const auto credential =
      make_key_credential({"https://n.webpubsub.azure.com", Secret("k")}, {.hub = "h"});
  EXPECT_TRUE(url_of(*credential)
                  ->reveal()
                  .starts_with("wss://n.webpubsub.azure.com/client/hubs/h?access_token="));
}

TEST(KeyCredential, RefusesWhatIsNoHubName) {
  for (const auto* hub : {"", "1", "a/b", "a b"}) {
    const auto credential = make_key_credential(local(), {.hub = hub});
    const auto url = url_of(*credential);
    ASSERT_FALSE(url) << hub;
    EXPECT_EQ(url.error().code, Errc::InvalidArgument);
  }
}

TEST(UrlCredential, GivesTheUrlEachTime) {
  const auto credential = make_url_credential(Secret("wss://h/client/hubs/x?access_token=t"));
  EXPECT_EQ(url_of(*credential)->reveal(), "wss://h/client/hubs/x?access_token=t");
  EXPECT_EQ(url_of(*credential)->reveal(), "wss://h/client/hubs/x?access_token=t");
}

TEST(UrlCredential, RefusesOtherSchemesWithoutRepeatingThem) {
  const auto credential = make_url_credential(Secret("https://h/?access_token=hush"));
  const auto url = url_of(*credential);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, Errc::InvalidArgument);
  EXPECT_EQ(url.error().message.find("hush"), std::string::npos);
}

}  // namespace
}  // namespace webpubsub
