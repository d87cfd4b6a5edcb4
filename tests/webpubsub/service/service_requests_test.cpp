// What each operation says on the wire, to the byte. Source: reference, section 7.3.

#include "recording_service.h"
#include "tests/support/mutual_tls_server.h"
#include "tests/support/tcp_proxy.h"
#include "webpubsub/auth/access_token.h"

namespace webpubsub::testing {
namespace {

using std::chrono_literals::operator""s;
using Operate = std::function<void(ServiceClient&, ServiceClient::Done<void>)>;

struct Expected {
  std::string_view request;  // method, path and query, without the API version
  std::string_view content_type;
  std::string_view body;
};

const Data kText{DataType::Text, "hi"};

std::string line_of(const net::HttpRequest& request) {
  std::string query = request.query;
  constexpr std::string_view kVersion = "api-version=2024-12-01";
  EXPECT_TRUE(query.ends_with(kVersion)) << query;
  query.resize(query.size() - std::min(query.size(), kVersion.size()));
  if (query.ends_with('&')) query.pop_back();
  return request.method + " " + request.path + (query.empty() ? "" : "?" + query);
}

/// For operations whose answer is yes or no: the request is what counts here.
ServiceClient::Done<bool> ignoring(ServiceClient::Done<void> done) {
  return [done = std::move(done)](const Result<bool>& yes) {
    done(yes ? Result<void>() : Result<void>(yes.error()));
  };
}

class ServiceRequests : public ServiceTest {
 protected:
  void expect(const Operate& operate, const Expected& expected) {
    SCOPED_TRACE(expected.request);
    const auto client = make_client();
    const auto outcome = run<void>([&](auto done) { operate(*client, done); });
    ASSERT_TRUE(outcome) << outcome.error().message;
    const net::HttpRequest& request = service_.requests.back();
    EXPECT_EQ(line_of(request), expected.request);
    EXPECT_EQ(net::find_header(request.headers, "content-type").value_or(""),
              expected.content_type);
    EXPECT_EQ(request.body, expected.body);
  }

  std::string connect_line_{};  // written by the proxy's thread before it answers
};

TEST_F(ServiceRequests, Send) {
  const ServiceSendOptions all{.excluded = {"a", "b&c"}, .filter = "userId eq 'ü'", .ttl = 60s};
  expect([&](auto& client, auto done) { client.send_to_all(kText, {}, done); },
         {"POST /api/hubs/test/:send", "text/plain", "hi"});
  expect([&](auto& client, auto done) { client.send_to_all(kText, all, done); },
         {"POST /api/hubs/test/:send?excluded=a&excluded=b%26c&filter=userId%20eq%20%27%C3%BC%27"
          "&messageTtlSeconds=60",
          "text/plain", "hi"});
  expect(
      [&](auto& client, auto done) {
        client.send_to_group("a b/c", {DataType::Json, R"({"x": 1.0})"}, {}, done);
      },
      {"POST /api/hubs/test/groups/a%20b%2Fc/:send", "application/json", R"({"x": 1.0})"});
  expect(
      [&](auto& client, auto done) {
        client.send_to_user(":send", {DataType::Binary, std::string("\0\xff", 2)}, {}, done);
      },
      {"POST /api/hubs/test/users/%3Asend/:send", "application/octet-stream", {"\0\xff", 2}});
  expect(
      [&](auto& client, auto done) { client.send_to_connection("c-1", kText, {.ttl = 0s}, done); },
      {"POST /api/hubs/test/connections/c-1/:send?messageTtlSeconds=0", "text/plain", "hi"});
}

TEST_F(ServiceRequests, Existence) {
  expect([](auto& client, auto done) { client.connection_exists("c", ignoring(done)); },
         {"HEAD /api/hubs/test/connections/c", "", ""});
  expect([](auto& client, auto done) { client.group_exists("g", ignoring(done)); },
         {"HEAD /api/hubs/test/groups/g", "", ""});
  expect([](auto& client, auto done) { client.user_exists("u", ignoring(done)); },
         {"HEAD /api/hubs/test/users/u", "", ""});
}

TEST_F(ServiceRequests, Close) {
  const CloseOptions options{.excluded = {"x"}, .reason = "go home"};
  expect([](auto& client, auto done) { client.close_connection("c", "go home", done); },
         {"DELETE /api/hubs/test/connections/c?reason=go%20home", "", ""});
  expect([](auto& client, auto done) { client.close_connection("c", "", done); },
         {"DELETE /api/hubs/test/connections/c", "", ""});
  expect([&](auto& client, auto done) { client.close_all(options, done); },
         {"POST /api/hubs/test/:closeConnections?excluded=x&reason=go%20home", "", ""});
  expect([&](auto& client, auto done) { client.close_group("g", options, done); },
         {"POST /api/hubs/test/groups/g/:closeConnections?excluded=x&reason=go%20home", "", ""});
  expect([&](auto& client, auto done) { client.close_user("u", {}, done); },
         {"POST /api/hubs/test/users/u/:closeConnections", "", ""});
}

TEST_F(ServiceRequests, Groups) {
  expect([](auto& client, auto done) { client.add_connection_to_group("g", "c", done); },
         {"PUT /api/hubs/test/groups/g/connections/c", "", ""});
  expect([](auto& client, auto done) { client.remove_connection_from_group("g", "c", done); },
         {"DELETE /api/hubs/test/groups/g/connections/c", "", ""});
  expect([](auto& client, auto done) { client.remove_connection_from_all_groups("c", done); },
         {"DELETE /api/hubs/test/connections/c/groups", "", ""});
  expect([](auto& client, auto done) { client.add_user_to_group("g", "u", done); },
         {"PUT /api/hubs/test/users/u/groups/g", "", ""});
  expect([](auto& client, auto done) { client.remove_user_from_group("g", "u", done); },
         {"DELETE /api/hubs/test/users/u/groups/g", "", ""});
  expect([](auto& client, auto done) { client.remove_user_from_all_groups("u", done); },
         {"DELETE /api/hubs/test/users/u/groups", "", ""});
  expect(
      [](auto& client, auto done) {
        client.add_connections_to_groups({"a", "b\""}, "userId eq 'x'", done);
      },
      {"POST /api/hubs/test/:addToGroups", "application/json",
       R"({"groups":["a","b\""],"filter":"userId eq 'x'"})"});
  expect([](auto& client, auto done) { client.remove_connections_from_groups({"a"}, "", done); },
         {"POST /api/hubs/test/:removeFromGroups", "application/json", R"({"groups":["a"]})"});
}

TEST_F(ServiceRequests, Permissions) {
  expect([](auto& client, auto done) { client.grant(Permission::SendToGroup, "c", "g*", done); },
         {"PUT /api/hubs/test/permissions/sendToGroup/connections/c?targetName=g%2A", "", ""});
  expect([](auto& client, auto done) { client.revoke(Permission::JoinLeaveGroup, "c", "g", done); },
         {"DELETE /api/hubs/test/permissions/joinLeaveGroup/connections/c?targetName=g", "", ""});
  expect(
      [](auto& client, auto done) {
        client.has_permission(Permission::SendToGroup, "c", "g", ignoring(done));
      },
      {"HEAD /api/hubs/test/permissions/sendToGroup/connections/c?targetName=g", "", ""});
}

TEST_F(ServiceRequests, ListingFollowsTheLinkButOnlyToItsOwnEndpoint) {
  service_.answers.push_back(
      {.body = R"({"value":[{"connectionId":"a","userId":"u"},{"connectionId":"b"}],"nextLink":)"
               R"("https://elsewhere.example/api/hubs/test/groups/g/connections?top=3&)"
               R"(continuationToken=b%2F1&api-version=2024-12-01"})"});
  service_.answers.push_back({.body = R"({"value":[],"nextLink":null})"});
  const auto client = make_client();
  const auto first =
      run<GroupPage>([&](auto done) { client->list_group("g", {.page_size = 2, .top = 5}, done); });
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->members, (std::vector<GroupMember>{{"a", "u"}, {"b", ""}}));
  EXPECT_EQ(line_of(service_.requests[0]),
            "GET /api/hubs/test/groups/g/connections?maxpagesize=2&top=5");

  const auto second = run<GroupPage>([&](auto done) { client->next_page(first->next, done); });
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(second->members.empty());
  EXPECT_EQ(second->next, "");
  EXPECT_EQ(line_of(service_.requests[1]),
            "GET /api/hubs/test/groups/g/connections?top=3&continuationToken=b%2F1");
}

TEST_F(ServiceRequests, TokensNameTheUrlWithoutItsQuery) {
  const auto client = make_client();
  ASSERT_TRUE(run<void>([&](auto done) { client->send_to_group("a b", kText, {}, done); }));
  const auto header = net::find_header(service_.requests[0].headers, "authorization");
  ASSERT_TRUE(header && header->starts_with("Bearer "));
  const auto token = verify_token(header->substr(7), {Secret(kKey)}, wall_now(), 0s);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->audiences,
            std::vector<std::string>{service_.endpoint() + "/api/hubs/test/groups/a%20b/:send"});
}

TEST_F(ServiceRequests, HealthNeedsNoToken) {
  const auto client = make_client();
  const auto healthy = run<bool>([&](auto done) { client->is_healthy(done); });
  ASSERT_TRUE(healthy);
  EXPECT_TRUE(*healthy);
  EXPECT_EQ(line_of(service_.requests[0]), "HEAD /api/health");
  EXPECT_FALSE(net::find_header(service_.requests[0].headers, "authorization"));
}

TEST_F(ServiceRequests, AReverseProxyGetsTheRequestAndTheEndpointTheToken) {
  ServiceClientOptions behind = options();
  behind.reverse_proxy_endpoint = service_.endpoint() + "/";
  behind.connection_string.endpoint = "https://name.webpubsub.azure.com";
  const auto client = make_client(std::move(behind));
  ASSERT_TRUE(run<void>([&](auto done) { client->send_to_all(kText, {}, done); }));
  const auto header = net::find_header(service_.requests[0].headers, "authorization");
  const auto token = verify_token(header->substr(7), {Secret(kKey)}, wall_now(), 0s);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->audiences,
            std::vector<std::string>{"https://name.webpubsub.azure.com/api/hubs/test/:send"});
}

TEST_F(ServiceRequests, AnotherApiVersionCanBeAskedFor) {
  ServiceClientOptions older = options();
  older.api_version = "2021-10-01";
  const auto client = make_client(std::move(older));
  ASSERT_TRUE(run<void>([&](auto done) { client->send_to_all(kText, {}, done); }));
  EXPECT_EQ(service_.requests[0].query, "api-version=2021-10-01");
}

TEST_F(ServiceRequests, ClientAccessIsSignedHere) {
  ServiceClientOptions cloud = options();
  cloud.connection_string.endpoint = "https://name.webpubsub.azure.com";
  const auto client = make_client(std::move(cloud));
  const auto access = run<ClientAccess>([&](auto done) {
    client->client_access({.user_id = "u", .roles = {"webpubsub.sendToGroup.g"}, .groups = {"g"}},
                          done);
  });
  ASSERT_TRUE(access);
  EXPECT_EQ(access->url.reveal(), "wss://name.webpubsub.azure.com/client/hubs/test?access_token=" +
                                      std::string(access->token.reveal()));
  const auto token = verify_token(access->token.reveal(), {Secret(kKey)}, wall_now(), 0s);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->user_id, "u");
  EXPECT_EQ(token->roles, std::vector<std::string>{"webpubsub.sendToGroup.g"});
  EXPECT_EQ(token->groups, std::vector<std::string>{"g"});
  const auto mqtt =
      run<ClientAccess>([&](auto done) { client->client_access({.mqtt = true}, done); });
  ASSERT_TRUE(mqtt);
  EXPECT_TRUE(mqtt->url.reveal().starts_with(
      "wss://name.webpubsub.azure.com/clients/mqtt/hubs/test?access_token="));
  EXPECT_TRUE(service_.requests.empty());
}

TEST_F(ServiceRequests, HttpsIsCheckedAgainstTheGivenAuthority) {
  gateway::support::TestAuthority authority;
  const gateway::support::MutualTlsServer server(authority, "{}");
  ServiceClientOptions secure = options();
  secure.connection_string.endpoint = server.url();
  secure.max_retries = 0;
  const auto own = authority.issue("DNS:edge-01");
  secure.tls = {.certificate_file = own.certificate_file, .key_file = own.key_file};
  const auto send = [&] {
    const auto client = make_client(secure);
    return run<void>([&](auto done) { client->send_to_all(kText, {}, done); });
  };
  EXPECT_FALSE(send()) << "the system trusts no authority of a test";
  secure.tls.ca_file = authority.ca_file();
  const auto outcome = send();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(server.subjects(), ::testing::ElementsAre("DNS:edge-01"));
}

TEST_F(ServiceRequests, AProxyCarriesTheRequest) {
  gateway::support::TcpProxy::Doorman doorman = [&](std::string_view first) {
    connect_line_ = std::string(first.substr(0, first.find('\r')));
    return std::optional<std::string>(
        "HTTP/1.1 407 Proxy Authentication Required\r\n"
        "Content-Length: 0\r\n\r\n");
  };
  const gateway::support::TcpProxy proxy(1, doorman);
  ServiceClientOptions through = options();
  through.connection_string.endpoint = "http://service.invalid:8080";
  through.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  through.max_retries = 0;
  const auto client = make_client(through);
  const auto outcome = run<void>([&](auto done) { client->send_to_all(kText, {}, done); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(connect_line_, "CONNECT service.invalid:8080 HTTP/1.1");
}

}  // namespace
}  // namespace webpubsub::testing
