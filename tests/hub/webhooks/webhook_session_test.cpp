// What a connection's webhooks remember of the answers.

#include "hub/webhooks/webhook_session.h"

#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

void answer(WebhookSession& session, net::Headers headers) {
  session.learn_from({.headers = std::move(headers)});
}

TEST(WebhookSession, TheLastStateCountsAndAnEmptyOneClears) {
  WebhookSession session;
  answer(session, {{"CE-ConnectionState", "one"}});
  EXPECT_EQ(session.state, "one");
  answer(session, {});
  EXPECT_EQ(session.state, "one");
  answer(session, {{"ce-connectionState", ""}});
  EXPECT_EQ(session.state, "");
}

TEST(WebhookSession, CookiesAreReplacedAndRemovedByName) {
  WebhookSession session;
  answer(session, {{"Set-Cookie", "a=1; Path=/; HttpOnly"}, {"set-cookie", " b = 2 "}});
  EXPECT_EQ(session.cookie_header(), "a=1; b=2");
  answer(session, {{"Set-Cookie", "a=3"}});
  EXPECT_EQ(session.cookie_header(), "b=2; a=3");
  answer(session, {{"Set-Cookie", "b=; Max-Age=0"}});
  EXPECT_EQ(session.cookie_header(), "a=3");
}

TEST(WebhookSession, JoinedCookiesAreToldFromTheCommasOfDates) {
  WebhookSession session;
  answer(session,
         {{"Set-Cookie", "a=1; Expires=Wed, 09 Jun 2100 10:18:14 GMT, b=x,y; Path=/,c=3"}});
  EXPECT_EQ(session.cookie_header(), "a=1; b=x,y; c=3");
}

TEST(WebhookSession, CookiesAreBoundedAndOddOnesLeftOut) {
  WebhookSession session;
  for (int i = 0; i < 100; ++i) answer(session, {{"Set-Cookie", "n" + std::to_string(i) + "=1"}});
  EXPECT_EQ(session.cookies.size(), 20U);
  WebhookSession odd;
  answer(odd, {{"Set-Cookie", "no pair"},
               {"Set-Cookie", "=1"},
               {"Set-Cookie", ""},
               {"Set-Cookie", "big=" + std::string(5000, 'x')},
               {"Set-Cookie", ",,,"}});
  EXPECT_EQ(odd.cookie_header(), "");
}

}  // namespace
}  // namespace webpubsub::hub
