#include <gtest/gtest.h>

#include "loopback.h"

namespace webpubsub::net::testing {
namespace {

class HttpClientTest : public ::testing::Test {
 protected:
  Result<HttpResponse> fetch(HttpClientRequest request) {
    std::optional<Result<HttpResponse>> result;
    const auto call = start_http_request(*loop, std::move(request), [&](auto outcome) {
      EXPECT_FALSE(result) << "answered twice";
      result.emplace(std::move(outcome));
    });
    EXPECT_FALSE(result) << "answered before it returned";
    EXPECT_TRUE(loop.until([&] { return result.has_value(); }));
    for (int i = 0; i < 3; ++i) loop->run_once(1ms);
    return result ? std::move(*result) : Error{Errc::Internal, "no answer"};
  }
  Result<HttpResponse> get(const std::string& url) { return fetch({.url = url}); }

  /// Answers one request on a raw socket with `answer`, then closes.
  Result<HttpResponse> get_raw(std::string_view answer, std::size_t limit = 1000) {
    RawListener listener;
    std::optional<Result<HttpResponse>> result;
    HttpClientRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(listener.port()) + "/";
    request.max_response_body = limit;
    const auto call = start_http_request(*loop, std::move(request),
                                         [&](auto outcome) { result.emplace(std::move(outcome)); });
    {
      RawPeer peer(loop, listener.accept(loop));
      EXPECT_TRUE(peer.read_until_contains("\r\n\r\n"));
      peer.send(answer);
      for (int i = 0; i < 3; ++i) loop->run_once(1ms);
    }
    EXPECT_TRUE(loop.until([&] { return result.has_value(); }));
    return result ? std::move(*result) : Error{Errc::Internal, "no answer"};
  }

  Loop loop;
  TestServer server{loop, {.max_request_body = 4 * 1024 * 1024}};
};

TEST_F(HttpClientTest, SendsMethodHeadersAndBody) {
  HttpRequest seen;
  server.on_request_do = [&](HttpRequest request, HttpResponder respond) {
    seen = std::move(request);
    respond({.status = 202,
             .headers = {{"Content-Type", "application/json"},
                         {"Retry-After", "7"},
                         {"WWW-Authenticate", "Bearer realm=\"x\""},
                         {"Location", "/elsewhere"},
                         {"WebHook-Allowed-Origin", "*"},
                         {"ce-connectionState", "abc"}},
             .body = "{}"});
  };
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const auto answer = fetch({.method = method,
                               .url = server.url("http", "/api/a%2Fb?q=%20&r"),
                               .headers = {{"Authorization", "Bearer t"}, {"ce-id", "17"}},
                               .body = method == "GET" ? "" : "payload"});
    ASSERT_TRUE(answer) << method << ": " << answer.error().message;
    EXPECT_EQ(answer->status, 202);
    EXPECT_EQ(answer->body, "{}");
    EXPECT_EQ(find_header(answer->headers, "content-type"), "application/json");
    EXPECT_EQ(find_header(answer->headers, "retry-after"), "7");
    EXPECT_EQ(find_header(answer->headers, "www-authenticate"), "Bearer realm=\"x\"");
    EXPECT_EQ(find_header(answer->headers, "location"), "/elsewhere");
    EXPECT_EQ(find_header(answer->headers, "webhook-allowed-origin"), "*");
    EXPECT_EQ(find_header(answer->headers, "ce-connectionstate"), "abc");
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(seen.path, "/api/a%2Fb");
    EXPECT_EQ(seen.query, "q=%20&r");
    EXPECT_EQ(seen.body, method == "GET" ? "" : "payload");
    EXPECT_EQ(find_header(seen.headers, "authorization"), "Bearer t");
    EXPECT_EQ(find_header(seen.headers, "ce-id"), "17");
    EXPECT_EQ(find_header(seen.headers, "host"), "127.0.0.1:" + std::to_string(server.port()));
  }
}

TEST_F(HttpClientTest, CarriesLargeBodiesBothWays) {
  std::string body(3'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7);
  server.on_request_do = [](HttpRequest request, HttpResponder respond) {
    respond({.body = std::move(request.body)});
  };
  const auto answer = fetch({.method = "POST",
                             .url = server.url("http"),
                             .body = body,
                             .max_response_body = body.size()});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body == body);
}

TEST_F(HttpClientTest, ReturnsAnswersOfEveryStatus) {
  for (const int status :
       {200, 201, 204, 301, 302, 304, 307, 400, 401, 403, 404, 413, 429, 500, 503}) {
    server.on_request_do = [&](HttpRequest, HttpResponder respond) {
      respond({.status = status, .headers = {{"Location", "http://127.0.0.1:1/"}}});
    };
    const auto answer = get(server.url("http"));
    ASSERT_TRUE(answer) << status << ": " << answer.error().message;
    EXPECT_EQ(answer->status, status);
  }
}

TEST_F(HttpClientTest, SendsAPostWithoutABody) {
  const auto answer = fetch({.method = "POST", .url = server.url("http", "/x")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "POST /x \n");
}

TEST_F(HttpClientTest, ReadsTheHeadersOfAHeadAnswer) {
  const auto answer = fetch({.method = "HEAD", .url = server.url("http")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
}

TEST_F(HttpClientTest, ReadsChunkedAnswersAndAnswersThatEndWithTheConnection) {
  auto answer = get_raw(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
      "world\r\n0\r\n\r\n");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "hello world");
  answer = get_raw("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "until the end");
}

TEST_F(HttpClientTest, TellsWhenTheConnectionEndsTooSoon) {
  for (const std::string_view answer :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    const auto result = get_raw(answer);
    ASSERT_FALSE(result) << answer;
    EXPECT_EQ(result.error().code, Errc::Unavailable) << answer;
  }
}

TEST_F(HttpClientTest, BoundsTheAnswer) {
  for (const std::string_view head : {"Content-Length: 2000\r\n", "X-No-Length: 1\r\n"}) {
    const auto result =
        get_raw("HTTP/1.1 200 OK\r\n" + std::string(head) + "\r\n" + std::string(2000, 'x'));
    ASSERT_FALSE(result) << head;
    EXPECT_EQ(result.error().code, Errc::ResourceExhausted) << head;
  }
}

TEST_F(HttpClientTest, TimesOutOverTheWholeExchange) {
  HttpResponder never;
  server.on_request_do = [&](HttpRequest, HttpResponder respond) { never = std::move(respond); };
  const auto result = fetch({.url = server.url("http"), .timeout = 50ms});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::Timeout);
}

TEST_F(HttpClientTest, SaysWhatIsWrongWithARequest) {
  for (const std::string url : {"", "ftp://h/", "http:///", "http://h:99999/", "http://h/ x"}) {
    const auto result = get(url);
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().code, Errc::InvalidArgument) << url;
  }
  const auto line_break =
      fetch({.url = server.url("http"), .headers = {{"X", "a\r\nInjected: 1"}}});
  ASSERT_FALSE(line_break);
  EXPECT_EQ(line_break.error().code, Errc::InvalidArgument);
  const auto method = fetch({.method = "BREW", .url = server.url("http")});
  ASSERT_FALSE(method);
  EXPECT_EQ(method.error().code, Errc::InvalidArgument);
}

TEST_F(HttpClientTest, IsRefusedByAPortNobodyListensOn) {
  std::uint16_t port = 0;
  { port = RawListener().port(); }
  const auto result = get("http://127.0.0.1:" + std::to_string(port) + "/");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::Unavailable);
}

TEST_F(HttpClientTest, GivesUpSilentlyWhenDestroyed) {
  bool requested = false;
  server.on_request_do = [&](HttpRequest, HttpResponder) { requested = true; };
  const auto never = [](const Result<HttpResponse>&) { FAIL() << "called after the end"; };
  start_http_request(*loop, {.url = server.url("http")}, never).reset();
  auto call = start_http_request(*loop, {.url = server.url("http")}, never);
  ASSERT_TRUE(loop.until([&] { return requested; }));
  call.reset();
  for (int i = 0; i < 5; ++i) loop->run_once(2ms);
}

TEST_F(HttpClientTest, MayBeDestroyedByItsOwnCallback) {
  std::unique_ptr<HttpCall> call;
  bool done = false;
  call = start_http_request(*loop, {.url = server.url("http")}, [&](const auto& result) {
    EXPECT_TRUE(result);
    call.reset();
    done = true;
  });
  EXPECT_TRUE(loop.until([&] { return done; }));
  loop->run_once(1ms);
}

}  // namespace
}  // namespace webpubsub::net::testing
