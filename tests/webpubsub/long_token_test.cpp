#include "webpubsub/client/long_token.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string kHost = "wss://h/client/hubs/h";

net::WebSocketClientOptions moved(const std::string& url) {
  net::WebSocketClientOptions options;
  options.url = url;
  move_long_token(options);
  return options;
}

TEST(LongToken, AShortOneStaysInTheUrl) {
  const std::string url = kHost + "?access_token=abc";
  EXPECT_EQ(moved(url).url, url);
  EXPECT_THAT(moved(url).headers, IsEmpty());
}

TEST(LongToken, LeavesTheUrlForAHeader) {
  const std::string token(3'000, 't');
  const auto header = ElementsAre(Pair("Authorization", "Bearer " + token));
  for (const auto& [before, after] : {
           std::pair<std::string, std::string>{"?access_token=" + token, ""},
           {"?a=1&access_token=" + token, "?a=1"},
           {"?access_token=" + token + "&b=2", "?b=2"},
           {"?a=1&access_token=" + token + "&b=2", "?a=1&b=2"},
       }) {
    EXPECT_EQ(moved(kHost + before).url, kHost + after);
    EXPECT_THAT(moved(kHost + before).headers, header);
  }
}

TEST(LongToken, IsDecoded) {
  const std::string padding(2'000, 'p');
  EXPECT_THAT(moved(kHost + "?access_token=%2Bx" + padding).headers,
              ElementsAre(Pair("Authorization", "Bearer +x" + padding)));
}

TEST(LongToken, OnlyTheParameterOfThatNameIsOne) {
  const std::string url = kHost + "?no_access_token=" + std::string(3'000, 't');
  EXPECT_EQ(moved(url).url, url);
  EXPECT_THAT(moved(url).headers, IsEmpty());
}

}  // namespace
}  // namespace webpubsub
