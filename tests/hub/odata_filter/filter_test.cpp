#include "hub/odata_filter/filter.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

struct Client final : FilterSubject {
  std::string user{};
  std::set<std::string, std::less<>> groups{};

  std::string_view user_id() const override { return user; }
  std::string_view connection_id() const override { return "c-1"; }
  std::string_view protocol() const override { return "json.webpubsub.azure.v1"; }
  bool is_in_group(std::string_view group) const override { return groups.contains(group); }
  std::size_t group_count() const override { return groups.size(); }
};

bool matches(std::string_view filter, const Client& client) {
  const auto parsed = Filter::parse(filter);
  EXPECT_TRUE(parsed) << filter << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->matches(client);
}

Client dev7() {
  Client client;
  client.user = "dev-7";
  client.groups = {"g1", "g2"};
  return client;
}

TEST(Filter, HoldsForADevice) {
  const Client client = dev7();
  for (const std::string_view filter : {
           "true",
           "userId eq 'dev-7'",
           "USERID EQ 'dev-7'",
           "userId ne 'DEV-7'",
           "userId ne null",
           "null ne userId",
           "connectionId in ('a','c-1')",
           "userId in ('dev-6', 'dev-7')",
           "userId in (concat('dev-','7'))",
           "'g1' in groups",
           "'g1' in (groups)",
           "not ('g3' in groups)",
           "userId eq 'dev-7' and not ('muted' in groups)",
           "startswith(userId,'dev-')",
           "endswith(userId, '-7')",
           "contains(userId, 'v-')",
           "contains(userId, '')",
           "not contains(userId, 'V-')",
           "contains(userId, 'v') eq true",
           "length(groups) eq 2",
           "length(userId) ge 5",
           "length(userId) le +5",
           "length(userId) gt -1",
           "length(userId) lt 6",
           "not (length(userId) gt 5)",
           "indexof(userId,'-') eq 3",
           "indexof(userId,'x') eq -1",
           "tolower('DEV-7') eq userId",
           "toupper(userId) eq 'DEV-7'",
           "trim('  dev-7 ') eq userId",
           "substring(userId, 4) eq '7'",
           "substring(userId, 0, 3) eq 'dev'",
           "(userId) eq ('dev-7')",
           "((true))",
           "protocol eq 'json.webpubsub.azure.v1'",
           "startswith(protocol, 'json.')",
           "5 in (4, 5)",
           "null in ('a', null)",
       }) {
    EXPECT_TRUE(matches(filter, client)) << filter;
  }
}

TEST(Filter, DoesNotHoldForADevice) {
  const Client client = dev7();
  for (const std::string_view filter : {
           "false",
           "userId eq 'DEV-7'",
           "userId eq null",
           "not true",
           "not not false",
           "'G1' in groups",
           "userId in groups",
           "userId in ('dev', null)",
           "length(userId) gt 5",
           "length(userId) ge 6",
           "length(groups) lt 2",
           "length(groups) le 1",
           "tolower(userId) eq 'DEV-7'",
       }) {
    EXPECT_FALSE(matches(filter, client)) << filter;
  }
}

TEST(Filter, TakesAnAnonymousUserForNull) {
  const Client client;
  EXPECT_TRUE(matches("userId eq null", client));
  EXPECT_FALSE(matches("userId ne null", client));
  EXPECT_TRUE(matches("userId ne 'a'", client));
  EXPECT_TRUE(matches("length(userId) eq null", client));
  EXPECT_FALSE(matches("length(userId) gt -1", client));
  EXPECT_FALSE(matches("length(userId) le 5", client));
  EXPECT_TRUE(matches("indexof(userId,'a') eq -1", client));
  EXPECT_FALSE(matches("contains(userId,'')", client));
  EXPECT_FALSE(matches("startswith('a',userId)", client));
  EXPECT_TRUE(matches("tolower(userId) eq null", client));
  EXPECT_TRUE(matches("substring(userId, 1) eq null", client));
  EXPECT_TRUE(matches("concat(userId,'x') eq 'x'", client));
  EXPECT_FALSE(matches("userId in groups", client));
  EXPECT_TRUE(matches("length(groups) eq 0", client));
}

TEST(Filter, BindsAndTighterThanOr) {
  const Client client = dev7();
  EXPECT_TRUE(matches("true or true and false", client));
  EXPECT_FALSE(matches("(true or true) and false", client));
  EXPECT_TRUE(matches("false and false or true", client));
  EXPECT_TRUE(matches("not false and true", client));
  EXPECT_FALSE(matches("not (false or true)", client));
}

TEST(Filter, ReadsADoubledQuoteAsOne) {
  Client client;
  client.user = "o'neil";
  EXPECT_TRUE(matches("userId eq 'o''neil'", client));
  client.user = "'";
  EXPECT_TRUE(matches("userId eq ''''", client));
  EXPECT_FALSE(matches("userId eq ''", client));
}

TEST(Filter, IsAskedAnyNumberOfTimes) {
  const auto filter = Filter::parse("concat(userId,'!') eq 'b!'");
  ASSERT_TRUE(filter);
  Client client;
  for (const auto& [user, expected] : {std::pair{"a", false}, {"b", true}, {"", false}}) {
    client.user = user;
    EXPECT_EQ(filter->matches(client), expected) << user;
  }
}

}  // namespace
}  // namespace webpubsub::hub
