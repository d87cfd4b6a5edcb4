#include "hub/cors.h"

#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

std::string header(const net::HttpResponse& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or(""));
}

net::HttpRequest preflight(std::string origin) {
  return {.method = "OPTIONS",
          .headers = {{"Origin", std::move(origin)},
                      {"Access-Control-Request-Method", "PUT"},
                      {"Access-Control-Request-Headers", "authorization, x-webpubsub-metadata-a"}}};
}

TEST(Cors, APreflightIsToldWhatItsPageMayDo) {
  const Cors cors({"https://dash.example"});
  const auto answer = cors.answer_preflight(preflight("https://DASH.example"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(header(answer, "access-control-allow-origin"), "https://DASH.example");
  EXPECT_EQ(header(answer, "access-control-allow-methods"), "GET, HEAD, POST, PUT, DELETE");
  EXPECT_EQ(header(answer, "access-control-allow-headers"),
            "authorization, x-webpubsub-metadata-a");
  EXPECT_EQ(header(answer, "access-control-max-age"), "600");
  EXPECT_EQ(header(answer, "access-control-allow-credentials"), "") << "there are no cookies";
}

TEST(Cors, OtherOriginsAreToldNothing) {
  const auto answer =
      Cors({"https://dash.example"}).answer_preflight(preflight("https://dash.example.evil"));
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(header(answer, "access-control-allow-origin"), "");
  EXPECT_EQ(Cors({}).answer_preflight(preflight("https://dash.example")).status, 403);
  EXPECT_EQ(Cors({"*"}).answer_preflight(preflight("https://dash.example")).status, 204);
}

TEST(Cors, WhatIsNoPreflightGoesItsWay) {
  auto request = preflight("https://dash.example");
  EXPECT_TRUE(Cors::is_preflight(request));
  request.headers.erase(request.headers.begin());
  EXPECT_FALSE(Cors::is_preflight(request));
  request = preflight("https://dash.example");
  request.method = "GET";
  EXPECT_FALSE(Cors::is_preflight(request));
}

}  // namespace
}  // namespace webpubsub::hub
