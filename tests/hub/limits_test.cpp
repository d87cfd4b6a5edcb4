// What a hub refuses to protect itself, and that one client's fault is not another's.

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub_fixture.h"
#include "net/http_client.h"

namespace webpubsub::hub {
namespace {

using testing::HasSubstr;

class Limits : public HubFixture {
 protected:
  net::HttpResponse exchange(const std::string& method, const std::string& path,
                             const net::Headers& headers = {}, std::string body = {}) {
    std::optional<net::HttpResponse> answer;
    const auto call = net::start_http_request(*loop_,
                                              {.method = method,
                                               .url = hub_->endpoint() + path,
                                               .headers = headers,
                                               .body = std::move(body)},
                                              [&](Result<net::HttpResponse> response) {
                                                EXPECT_TRUE(response);
                                                answer = response ? std::move(*response)
                                                                  : net::HttpResponse{.status = 0};
                                              });
    run_until([&] { return answer.has_value(); });
    return answer.value_or(net::HttpResponse{});
  }
  net::HttpResponse rest(const std::string& method, const std::string& path) {
    const auto parsed = parse_connection_string(hub_->connection_string().reveal());
    TokenClaims claims{.audience = hub_->endpoint() + path};
    claims.issued = wall_now();
    claims.expires = claims.issued + std::chrono::minutes(5);
    return exchange(method, path,
                    {{"Authorization", "Bearer " + sign_token(claims, parsed->access_key)}});
  }
  static std::string header(const net::HttpResponse& response, std::string_view name) {
    return std::string(net::find_header(response.headers, name).value_or(""));
  }
};

TEST_F(Limits, GroupsOfOneConnection) {
  start_hub({.limits = {.max_groups_per_connection = 2}});
  const auto client =
      connect({.user_id = "ann", .roles = {"webpubsub.joinLeaveGroup"}, .groups = {"a"}});
  client->send(R"({"type":"joinGroup","group":"b","ackId":1})");
  expect_next(*client, R"({"type":"ack","ackId":1,"success":true})");
  client->send(R"({"type":"joinGroup","group":"c","ackId":2})");
  run_until([&] { return !client->messages.empty(); });
  EXPECT_THAT(client->messages.front(),
              HasSubstr(R"("success":false,"error":{"name":"BadRequest")"));
  client->messages.clear();
  client->send(R"({"type":"joinGroup","group":"b","ackId":3})");
  expect_next(*client, R"({"type":"ack","ackId":3,"success":true})");
  EXPECT_EQ(rest("PUT", "/api/hubs/chat/users/ann/groups/c").status, 409);
  client->send(R"({"type":"leaveGroup","group":"b","ackId":4})");
  expect_next(*client, R"({"type":"ack","ackId":4,"success":true})");
  EXPECT_EQ(rest("PUT", "/api/hubs/chat/users/ann/groups/c").status, 200);
  EXPECT_EQ(hub_->counters().joins_refused, 2U);
  EXPECT_EQ(std::count(sink_.events.begin(), sink_.events.end(), "hub.too_many_groups"), 1);
}

TEST_F(Limits, GroupsOfAToken) {
  start_hub({.limits = {.max_groups_per_connection = 2}});
  const auto greedy = start_socket(client_url({.groups = {"a", "b", "c"}}), kJsonSubprotocol);
  run_until([&] { return greedy->closed.has_value(); });
  ASSERT_TRUE(greedy->closed->error);
  EXPECT_EQ(greedy->closed->error->service_code, 400);
}

TEST_F(Limits, SizeOfAMessage) {
  start_hub({.limits = {.max_message_bytes = 100}});
  const auto client = connect();
  client->send(R"({"type":"ping","x":")" + std::string(100, 'x') + "\"}");
  run_until([&] { return client->closed.has_value(); });
  EXPECT_EQ(client->closed->code, net::close_code::kTooLarge);
  EXPECT_EQ(hub_->counters().oversized_messages, 1U);
  EXPECT_EQ(exchange("POST", "/api/hubs/chat/:send", {}, std::string(101, 'x')).status, 413);
  EXPECT_EQ(hub_->counters().oversized_requests, 1U);
}

TEST_F(Limits, ConnectionsAndRequestsOfOneAddress) {
  start_hub({.limits = {.max_connections_per_address = 2, .max_requests_per_address = 3}});
  const auto first = connect();
  const auto second = connect();
  const auto third = start_socket(client_url({}), kJsonSubprotocol);
  run_until([&] { return third->closed.has_value(); });
  EXPECT_EQ(hub_->counters().connections_refused, 1U);
}

TEST_F(Limits, RequestsOfOneAddressBeyondItsRate) {
  start_hub({.limits = {.max_requests_per_address = 1}});
  EXPECT_EQ(exchange("HEAD", "/api/health").status, 200);
  EXPECT_EQ(exchange("HEAD", "/api/health").status, 200);
  const auto refused = exchange("HEAD", "/api/health");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "retry-after"), "1");
  EXPECT_EQ(hub_->counters().requests_refused, 1U);
}

TEST_F(Limits, OnLoopbackAnAddressIsNotLimitedUnlessAskedFor) {
  EXPECT_EQ(HubOptions{}.connections_per_address(), 0U);
  EXPECT_EQ(HubOptions{}.requests_per_address(), 0U);
  const HubOptions lan{.address = "192.0.2.1"};
  EXPECT_EQ(lan.connections_per_address(), HubLimits::kUsualAddressConnections);
  EXPECT_EQ(lan.requests_per_address(), HubLimits::kUsualAddressRequests);
  const HubOptions open{.address = "192.0.2.1", .limits = {.max_connections_per_address = 0}};
  EXPECT_EQ(open.connections_per_address(), 0U);
}

/// 400 messages of 100 kB go to a group: those who read get every one of them while another does
/// not read at all, until that one is closed.
TEST_F(Limits, OneThatDoesNotReadSlowsNobodyDown) {
  start_hub({.limits = {.max_queued_bytes = 2'000'000}});
  const auto stalled = connect({.groups = {"g"}});
  const auto one = connect({.groups = {"g"}});
  const auto two = connect({.groups = {"g"}});
  const auto sender = connect({.roles = {"webpubsub.sendToGroup"}});
  stalled->socket->pause_reading(true);
  const std::string frame = R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" +
                            std::string(100'000, 'x') + "\"}";
  constexpr std::size_t kMessages = 400;
  std::size_t sent = 0;
  std::size_t behind = 0;
  run_until([&] {
    // What the readers have not got yet is never more than what was just sent.
    if (sent < kMessages && one->messages.size() == sent && two->messages.size() == sent) {
      sender->send(frame);
      ++sent;
    }
    behind = std::max(behind, sent - std::min(one->messages.size(), two->messages.size()));
    return one->messages.size() == kMessages && two->messages.size() == kMessages;
  });
  EXPECT_EQ(behind, 1U);
  EXPECT_EQ(hub_->counters().slow_clients_closed, 1U);
  EXPECT_EQ(hub_->counters().connections, 3U);
  stalled->socket->pause_reading(false);
  run_until([&] { return stalled->closed.has_value(); });
  EXPECT_LT(stalled->messages.size(), kMessages);
}

TEST_F(Limits, PagesOfOtherOriginsAreLetInByName) {
  start_hub({.cors_origins = {"https://dash.example"}});
  const net::Headers page{{"Origin", "https://dash.example"},
                          {"Access-Control-Request-Method", "POST"},
                          {"Access-Control-Request-Headers", "authorization"}};
  const auto preflight = exchange("OPTIONS", "/api/hubs/chat/:send?api-version=2024-12-01", page);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header(preflight, "access-control-allow-origin"), "https://dash.example");
  const auto refused = exchange("POST", "/api/hubs/chat/:send", {page.front()});
  EXPECT_EQ(refused.status, 401) << "an origin is no token";
  EXPECT_EQ(header(refused, "access-control-allow-origin"), "https://dash.example");

  const net::Headers stranger{{"Origin", "https://evil.example"},
                              {"Access-Control-Request-Method", "POST"}};
  EXPECT_EQ(exchange("OPTIONS", "/api/hubs/chat/:send", stranger).status, 403);
  const auto hidden = exchange("HEAD", "/api/health", {stranger.front()});
  EXPECT_EQ(header(hidden, "access-control-allow-origin"), "");
  EXPECT_EQ(header(hidden, "vary"), "Origin");
  EXPECT_EQ(header(exchange("GET", "/", page), "access-control-allow-origin"), "");
}

TEST_F(Limits, WithoutOriginsNothingIsSaidOfThem) {
  start_hub();
  const auto answer = exchange("HEAD", "/api/health", {{"Origin", "https://dash.example"}});
  EXPECT_EQ(header(answer, "vary"), "");
  EXPECT_EQ(header(answer, "access-control-allow-origin"), "");
}

TEST_F(Limits, OriginsAreCheckedAtTheStart) {
  for (const char* origin : {"dash.example", "https://dash.example/", "https://a@dash.example",
                             "null", "", "wss://dash.example"}) {
    EXPECT_FALSE(Hub::start(*loop_, {.port = 0, .cors_origins = {origin}}, log_)) << origin;
  }
  EXPECT_TRUE(Hub::start(*loop_, {.port = 0, .cors_origins = {"*", "http://dash:3000"}}, log_));
}

TEST_F(Limits, ANamedOriginMayNegotiateForTheGroupsOfThePage) {
  start_hub({.dashboard_groups = {"site-1"}, .cors_origins = {"https://dash.example"}});
  const auto given = exchange("GET", "/negotiate", {{"Origin", "https://dash.example"}});
  EXPECT_EQ(given.status, 200);
  EXPECT_THAT(given.body, HasSubstr(R"("groups":["site-1"])"));
  EXPECT_EQ(header(given, "access-control-allow-origin"), "https://dash.example");
  EXPECT_EQ(exchange("GET", "/negotiate", {{"Origin", "https://evil.example"}}).status, 403);
}

TEST_F(Limits, OnTheNetworkAnybodyMayNegotiate) {
  start_hub({.dashboard_groups = {"site-1"}, .negotiate = HubOptions::Negotiate::Network});
  const auto given = exchange("GET", "/negotiate");
  EXPECT_EQ(given.status, 200);
  EXPECT_THAT(given.body, HasSubstr("/client/hubs/telemetry?access_token="));
  EXPECT_EQ(exchange("GET", "/negotiate", {{"Origin", "https://evil.example"}}).status, 403)
      << "a page of somebody else's shown by a browser here";
}

}  // namespace
}  // namespace webpubsub::hub
