#include "daemon/status_server.h"

#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/metrics.h"
#include "daemon/open_metrics.h"
#include "daemon/status_json.h"
#include "net/http_client.h"
#include "tests/daemon/event_loop_fixture.h"
#include "tests/daemon/sample_snapshot.h"

namespace gateway {
namespace {

using webpubsub::Result;
using webpubsub::net::find_header;
using webpubsub::net::HttpResponse;

class StatusServerTest : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    auto server = StatusServer::start(*loop_, {.address = "127.0.0.1", .port = 0},
                                      [this] { return snapshot_; });
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void TearDown() override {
    server_.reset();
    loop_.reset();
  }

  HttpResponse ask(const std::string& path, const std::string& method = "GET",
                   const std::string& accept = {}) {
    std::optional<Result<HttpResponse>> answer;
    const auto call = webpubsub::net::start_http_request(
        *loop_,
        {.method = method,
         .url = "http://127.0.0.1:" + std::to_string(server_->port()) + path,
         .headers = accept.empty() ? webpubsub::net::Headers{}
                                   : webpubsub::net::Headers{{"Accept", accept}},
         .body = method == "POST" ? "x" : ""},
        [&answer](Result<HttpResponse> response) { answer = std::move(response); });
    EXPECT_TRUE(serve_until([&answer] { return answer.has_value(); }));
    if (!answer) return {.status = 0};
    EXPECT_TRUE(*answer) << answer->error().message;
    return *answer ? **answer : HttpResponse{.status = 0};
  }

  GatewaySnapshot snapshot_ = sample_snapshot();
  std::unique_ptr<StatusServer> server_;
};

TEST_F(StatusServerTest, IsAliveAsLongAsTheLoopServes) {
  snapshot_.state = RunState::Stopping;
  const HttpResponse response = ask("/livez");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "alive\n");
}

TEST_F(StatusServerTest, IsReadyWhileIntakeRunsAndSaysWhatIsDegraded) {
  HttpResponse response = ask("/readyz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            "ready, but degraded:\nthe cloud link is down for 2s: connection refused\n");
  snapshot_.state = RunState::Starting;
  response = ask("/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "starting\n");
}

TEST_F(StatusServerTest, ShowsTheMetricsOfTheMoment) {
  HttpResponse response = ask("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(find_header(response.headers, "content-type"), kMetricsContentType);
  EXPECT_THAT(response.body,
              testing::HasSubstr("\nwpsgw_rule_matches_total{rule=\"climate\"} 1000\n"));
  snapshot_.rules[0].received = 1001;
  response = ask("/metrics");
  EXPECT_THAT(response.body,
              testing::HasSubstr("\nwpsgw_rule_matches_total{rule=\"climate\"} 1001\n"));
}

TEST_F(StatusServerTest, GivesOpenMetricsToThoseWhoAskForIt) {
  // As Prometheus asks.
  const HttpResponse response =
      ask("/metrics", "GET",
          "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
  EXPECT_EQ(find_header(response.headers, "content-type"), kOpenMetricsContentType);
  EXPECT_THAT(response.body, testing::HasSubstr("\n# TYPE wpsgw_rule_matches counter\n"));
  EXPECT_THAT(response.body, testing::EndsWith("\n# EOF\n"));
  EXPECT_EQ(find_header(ask("/metrics", "GET", "*/*").headers, "content-type"),
            kMetricsContentType);
}

TEST_F(StatusServerTest, ShowsAPageForPeople) {
  snapshot_.links[1].last_error = "<script>alert(1)</script>";
  const HttpResponse response = ask("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(find_header(response.headers, "content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(response.body, testing::HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(response.body, testing::Not(testing::HasSubstr("<script")));
}

TEST_F(StatusServerTest, GivesTheSameAsJson) {
  const HttpResponse response = ask("/status.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(find_header(response.headers, "content-type"), "application/json");
  EXPECT_EQ(response.body, status_json(snapshot_) + "\n");
}

TEST_F(StatusServerTest, AnswersNothingElse) {
  EXPECT_EQ(ask("/index.html").status, 404);
  EXPECT_EQ(ask("/metrics/").status, 404);
  EXPECT_EQ(ask("/%6detrics").status, 404);
  const HttpResponse refused = ask("/metrics", "POST");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(find_header(refused.headers, "allow"), "GET");
  EXPECT_EQ(ask("/livez", "DELETE").status, 405);
}

TEST_F(StatusServerTest, SaysWhenItsAddressIsTaken) {
  const auto second = StatusServer::start(*loop_, {.address = "127.0.0.1", .port = server_->port()},
                                          [] { return GatewaySnapshot{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, webpubsub::Errc::Io);
  EXPECT_THAT(second.error().message, testing::StartsWith("status endpoint: "));
}

}  // namespace
}  // namespace gateway
