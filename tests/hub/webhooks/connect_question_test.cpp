// The body of the connect event, and what its answers mean.

#include "hub/webhooks/connect_question.h"

#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

TEST(ConnectQuestion, ValuesAreListsUnderNamesThatOccurOnce) {
  const net::UpgradeRequest upgrade{.request = {.query = "a=1&b=%C3%BC&a=2&Access_Token=secret",
                                                .headers = {{"X-A", "1"},
                                                            {"x-a", "2"},
                                                            {"Authorization", "secret"},
                                                            {"WebHook-Request-Origin", "secret"},
                                                            {"ce-hub", "secret"}}},
                                    .subprotocols = {"one", "two"}};
  EXPECT_EQ(
      connect_body(upgrade, R"({"sub":"ann","role":["r"],"exp":1.50,"on":true,"o":{"k":1}})"),
      R"({"claims":{"sub":["ann"],"role":["r"],"exp":["1.50"],"on":["true"],"o":["{\"k\":\"1\"}"]},)"
      R"("query":{"a":["1","2"],"b":["ü"]},"headers":{"X-A":["1","2"]},)"
      R"("subprotocols":["one","two"],"clientCertificates":[]})");
}

TEST(ConnectQuestion, BytesThatAreNoTextAreLeftOut) {
  const net::UpgradeRequest upgrade{
      .request = {.query = "a=%FF&%FF=1&b=2", .headers = {{"X", "\xff"}}}};
  EXPECT_EQ(connect_body(upgrade, "{}"),
            R"({"claims":{},"query":{"a":[],"b":["2"]},"headers":{"X":[]},)"
            R"("subprotocols":[],"clientCertificates":[]})");
}

int status_of(const net::HttpResponse& answer) {
  const auto verdict = read_verdict(answer);
  return verdict ? 101 : verdict.error().service_code;
}

TEST(ConnectVerdict, StatusesOfRefusalsAreKept) {
  EXPECT_EQ(status_of({.status = 401}), 401);
  EXPECT_EQ(status_of({.status = 503}), 503);
  EXPECT_EQ(status_of({.status = 302}), 500);
  EXPECT_EQ(status_of({.status = 999}), 500);
  EXPECT_EQ(read_verdict({.status = 403, .body = "secret"}).error().message.find("secret"),
            std::string::npos);
}

TEST(ConnectVerdict, WhatIsNotGivenStays) {
  for (const net::HttpResponse& answer :
       {net::HttpResponse{.status = 204}, net::HttpResponse{}, net::HttpResponse{.body = "null"},
        net::HttpResponse{.body = "{}"}, net::HttpResponse{.body = R"({"userId":null})"}}) {
    const auto verdict = read_verdict(answer);
    ASSERT_TRUE(verdict) << answer.body;
    EXPECT_FALSE(verdict->user_id || verdict->roles);
    EXPECT_TRUE(verdict->groups.empty() && verdict->subprotocol.empty());
  }
}

TEST(ConnectVerdict, WhatIsGivenReplaces) {
  const auto verdict = read_verdict(
      {.body = R"({"userId":"","groups":["a","b"],"roles":[],"subprotocol":"s","more":{}})"});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->user_id, "");
  EXPECT_EQ(verdict->groups, (std::vector<std::string>{"a", "b"}));
  ASSERT_TRUE(verdict->roles);
  EXPECT_TRUE(verdict->roles->empty());
  EXPECT_EQ(verdict->subprotocol, "s");
}

TEST(ConnectVerdict, WhatMakesNoSenseIsAServerError) {
  for (const char* body :
       {"{", "[]", "7", R"({"userId":7})", R"({"groups":"g"})", R"({"groups":[""]})",
        R"({"groups":[1]})", R"({"roles":"r"})", R"({"roles":[null]})", R"({"subprotocol":[]})"}) {
    EXPECT_EQ(status_of({.body = body}), 500) << body;
  }
}

}  // namespace
}  // namespace webpubsub::hub
