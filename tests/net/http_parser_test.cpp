#include "net/http_parser.h"

#include <cstring>

#include <gtest/gtest.h>

namespace webpubsub::net {
namespace {

using State = RequestParser::State;

void append(ByteQueue& queue, std::string_view text) {
  if (!text.empty()) std::memcpy(queue.append(text.size()), text.data(), text.size());
}

struct Outcome {
  State state = State::Head;
  int status = 0;
  HttpRequest request{};
  std::string left{};
  bool operator==(const Outcome& other) const {
    return state == other.state && status == other.status &&
           request.method == other.request.method && request.path == other.request.path &&
           request.query == other.request.query && request.headers == other.request.headers &&
           request.body == other.request.body;
  }
};

Outcome parse(std::string_view text, std::size_t split) {
  RequestParser parser(100);
  ByteQueue input;
  append(input, text.substr(0, split));
  parser.parse(input);
  append(input, text.substr(split));
  parser.parse(input);
  return {parser.state(),
          parser.status(),
          parser.request(),
          {reinterpret_cast<const char*>(input.data()), input.size()}};
}

TEST(RequestParser, FindsTheSameHoweverTheBytesAreCut) {
  for (const std::string_view text :
       {"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /next",
        "\r\n\r\nPOST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello+rest",
        "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "3;q=\"1\"\r\nabc\r\n0002\r\nde\r\n0\r\nA: b\r\n\r\nrest",
        "GET / HTTP/1.1\r\nHost: h\r\nBad Header: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n"}) {
    const Outcome whole = parse(text, text.size());
    for (std::size_t split = 0; split < text.size(); ++split) {
      EXPECT_TRUE(parse(text, split) == whole) << text << " cut at " << split;
    }
  }
}

TEST(RequestParser, LeavesTheNextRequestAlone) {
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /next", 5).left, "GET /next");
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET", 50).left, "GET");
}

TEST(RequestParser, UnderstandsEveryFormOfTarget) {
  const auto target = [](std::string_view text, std::string_view method = "GET") {
    return parse(std::string(method) + " " + std::string(text) + " HTTP/1.1\r\nHost: h\r\n\r\n", 0);
  };
  EXPECT_EQ(target("/a//b/../c%2F").request.path, "/a//b/../c%2F");
  EXPECT_EQ(target("/a?").request.query, "");
  EXPECT_EQ(target("/a?b?c").request.query, "b?c");
  EXPECT_EQ(target("/a?b#c").request.query, "b");
  EXPECT_EQ(target("http://host:80/p?q").request.path, "/p");
  EXPECT_EQ(target("http://host").request.path, "/");
  EXPECT_EQ(target("HTTPS://host?q").request.path, "/");
  EXPECT_EQ(target("HTTPS://host?q").request.query, "q");
  EXPECT_EQ(target("*", "OPTIONS").request.path, "*");
  EXPECT_EQ(target("*").state, State::Failed);
  EXPECT_EQ(target("host:443", "CONNECT").state, State::Failed);
}

TEST(RequestParser, KeepsConnectionsAsAsked) {
  const auto keeps = [](std::string_view version, std::string_view header) {
    RequestParser parser(100);
    ByteQueue input;
    append(input,
           "GET / " + std::string(version) + "\r\nHost: h\r\n" + std::string(header) + "\r\n");
    EXPECT_EQ(parser.parse(input), State::Complete);
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: x, close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST(RequestParser, StartsAnewAfterAReset) {
  RequestParser parser(100);
  ByteQueue input;
  append(input, "nonsense\r\n\r\n");
  EXPECT_EQ(parser.parse(input), State::Failed);
  parser.reset();
  input.clear();
  append(input, "GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parser.parse(input), State::Complete);
  EXPECT_EQ(parser.request().path, "/again");
}

TEST(RequestParser, GivesUpOnHeadsWithoutAnEnd) {
  RequestParser parser(100);
  ByteQueue input;
  append(input, "GET / HTTP/1.1\r\n");
  while (parser.parse(input) == State::Head && input.size() < 1'000'000) {
    append(input, "X: " + std::string(1000, 'x') + "\r\n");
  }
  EXPECT_EQ(parser.status(), 431);
  EXPECT_LT(input.size(), 100'000U);
}

TEST(HeaderTokens, AreFoundInLists) {
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(has_token(" a ,b,\tc", "c"));
  EXPECT_FALSE(has_token("upgrades", "upgrade"));
  EXPECT_FALSE(has_token("", "upgrade"));
}

}  // namespace
}  // namespace webpubsub::net
