#include "daemon/status_screen.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "daemon/build_info.h"
#include "daemon/status_json.h"
#include "daemon/status_page.h"
#include "tests/daemon/sample_snapshot.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

TEST(StatusScreen, ShowsLinksRulesQueuesAndReload) {
  EXPECT_EQ(status_screen(sample_snapshot(), false),
            "edge-01  running for 1m  (version " + std::string(build_info().version) +
                ")\n"
                "\n"
                "Links\n"
                "  mqtt    up      lost 0 times since the start\n"
                "  cloud   down    for 2s, next try in 3s: connection refused\n"
                "\n"
                "Rules                  received  forwarded   filtered    dropped    pending\n"
                "  climate                  1000        980          5         13          2  ok\n"
                "    dropped: malformed 13\n"
                "  before any rule: unmatched 1\n"
                "\n"
                "Queues                 messages       size      limit       full     oldest\n"
                "  outbox                      2    4.0 KiB   64.0 KiB         6%      250ms\n"
                "\n"
                "Commands: delivered 3\n"
                "Hub:      embedded, 4 connections\n"
                "Expires:  what the cloud link proves itself with, at 2025-11-24T16:00:00.000Z\n"
                "Reload:   none since the start\n");
}

TEST(StatusScreen, ShowsHowALinkWasLostThatIsUpAgain) {
  auto snapshot = sample_snapshot();
  auto& link = snapshot.links[1];
  link = {.name = "cloud", .up = true, .disconnects = 1};
  link.last_close = LastClose{.reason = "policy",
                              .code = 1008,
                              .name = "policy violation",
                              .words = "too many (1008)",
                              .at = snapshot.started};
  link.disconnects_by = {{"policy", 1}, {"lost", 0}};
  EXPECT_THAT(status_screen(snapshot, false),
              testing::AllOf(HasSubstr("last lost at 20"),
                             HasSubstr("Z: 1008, policy violation\n          too many (1008)\n")));
  rapidjson::Document json;
  json.Parse(status_json(snapshot).c_str());
  EXPECT_TRUE(json["links"][0]["last_close"].IsNull());
  const auto& close = json["links"][1]["last_close"];
  EXPECT_EQ(close["code"].GetInt(), 1008);
  EXPECT_STREQ(close["reason"].GetString(), "policy");
  EXPECT_STREQ(close["words"].GetString(), "too many (1008)");
  EXPECT_EQ(json["links"][1]["disconnects_by"]["policy"].GetInt(), 1);
}

TEST(StatusScreen, ShowsWhenALinkWasHeardAndWhatItOwes) {
  auto snapshot = sample_snapshot();
  EXPECT_THAT(status_screen(snapshot, false), Not(HasSubstr("heard")));
  auto& link = snapshot.links[0];
  link.heard_ago = 3s;
  EXPECT_THAT(status_screen(snapshot, false), HasSubstr("up      heard 3s ago, lost 0 times"));
  link.unanswered = 2;
  link.oldest_unanswered = 1500ms;
  EXPECT_THAT(status_screen(snapshot, false), HasSubstr("2 unanswered for up to 1s, lost 0 times"));
  rapidjson::Document json;
  json.Parse(status_json(snapshot).c_str());
  EXPECT_EQ(json["links"][0]["heard_ago_ms"].GetInt(), 3000);
  EXPECT_EQ(json["links"][0]["unanswered"].GetInt(), 2);
  EXPECT_EQ(json["links"][0]["oldest_unanswered_ms"].GetInt(), 1500);
  EXPECT_TRUE(json["links"][1]["heard_ago_ms"].IsNull());
  EXPECT_THAT(status_page(snapshot), HasSubstr("3s ago"));
}

TEST(StatusScreen, ShowsARuleThatTheServiceRefuses) {
  auto snapshot = sample_snapshot();
  EXPECT_THAT(status_screen(snapshot, false), testing::Not(testing::HasSubstr("refused by")));
  snapshot.rules[0].refused = true;
  EXPECT_THAT(status_screen(snapshot, false),
              testing::HasSubstr("refused by the service: its role"));
}

GatewaySnapshot crowded() {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.links[1].last_error = std::string(300, 'x') + "\x1b[31m\n";
  snapshot.rules[0].name = std::string(64, 'r');
  for (int i = 0; i < 20; ++i) {
    snapshot.rules[0].dropped.emplace_back("reason_number_" + std::to_string(i), 123'456);
  }
  snapshot.rules[0].received = 9'999'999'999;
  snapshot.config.reloads = 1;
  snapshot.config.waits_for_restart = {"mqtt.broker", "store.directory", "status.listen",
                                       "hub.listen",  "webpubsub.hub",   "memory.max_size"};
  return snapshot;
}

TEST(StatusScreen, StaysWithin80Columns) {
  std::istringstream lines(status_screen(crowded(), false));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(StatusScreen, ColoursOnlyWhenAskedAndLetsNoEscapeThrough) {
  EXPECT_THAT(status_screen(crowded(), false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(status_screen(sample_snapshot(), true), HasSubstr("\x1b[31mdown    \x1b[0m"));
}

TEST(StatusScreen, TellsWhatExpiresAndWhoWasRefused) {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.credentials = {
      {.link = "mqtt"}, {.link = "cloud", .expires = webpubsub::WallTime(std::chrono::hours(24))}};
  snapshot.control = {{"ok", 12}, {"forbidden", 3}, {"busy", 0}};
  const std::string screen = status_screen(snapshot, false);
  EXPECT_THAT(screen, HasSubstr("\nExpires:  what the cloud link proves itself with, at "
                                "1970-01-02T00:00:00.000Z\n"));
  EXPECT_THAT(screen, Not(HasSubstr("the mqtt link proves")));
  EXPECT_THAT(screen, HasSubstr("\nRefused on the control socket: forbidden 3\n"));
}

GatewaySnapshot filling() {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.store = {.open = true, .usable = true, .time_to_full = std::chrono::hours(3)};
  snapshot.store.rules = {{.name = "meters",
                           .messages = 600,
                           .bytes = 4096,
                           .max_messages = 1'000,
                           .time_to_full = std::chrono::minutes(5)}};
  return snapshot;
}

TEST(StatusScreen, TellsHowFullTheStoreIsAndWhenItWillBe) {
  const std::string screen = status_screen(filling(), false);
  EXPECT_THAT(screen,
              HasSubstr("\n    meters                  600    4.0 KiB          -        60%"));
  EXPECT_THAT(screen,
              HasSubstr("\nFull:     the store in 3h, at the rate of the last two minutes\n"
                        "Full:     rule meters in 5m, at the rate of the last two minutes\n"));
  EXPECT_THAT(screen, Not(HasSubstr("takes nothing")));
}

TEST(StatusScreen, TellsThatTheStoreTakesNothing) {
  GatewaySnapshot snapshot = filling();
  snapshot.store.usable = false;
  snapshot.store.trouble = "no space left" + std::string(100, 'x');
  EXPECT_THAT(status_screen(snapshot, true),
              HasSubstr("\nStore:    \x1b[31mtakes nothing\x1b[0m: no space left"));
  std::istringstream lines(status_screen(snapshot, false));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(StatusScreen, SaysWhenTheBooksDoNotAddUp) {
  EXPECT_THAT(status_screen(crowded(), false), HasSubstr("  !=\n"));
}

struct DurationCase {
  std::int64_t ms;
  const char* text;
};
class RoughDurationTest : public testing::TestWithParam<DurationCase> {};

TEST_P(RoughDurationTest, HasTheTwoLargestUnits) {
  EXPECT_EQ(rough_duration(milliseconds(GetParam().ms)), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Times, RoughDurationTest,
                         testing::Values(DurationCase{-5, "0s"}, DurationCase{0, "0s"},
                                         DurationCase{999, "999ms"}, DurationCase{1'999, "1s"},
                                         DurationCase{65'000, "1m 5s"},
                                         DurationCase{3'600'000, "1h"},
                                         DurationCase{90'061'000, "1d 1h"}));

TEST(RoughSize, HasOneDecimal) {
  EXPECT_EQ(rough_size(0), "0 B");
  EXPECT_EQ(rough_size(1023), "1023 B");
  EXPECT_EQ(rough_size(1536), "1.5 KiB");
  EXPECT_EQ(rough_size(std::uint64_t{5} << 40), "5.0 TiB");
  EXPECT_EQ(rough_size(std::uint64_t{5000} << 40), "5000.0 TiB");
}

TEST(StatusJson, HoldsWhatTheSnapshotHolds) {
  rapidjson::Document json;
  json.Parse(status_json(sample_snapshot()).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["v"].GetInt(), 1);
  EXPECT_STREQ(json["gateway"].GetString(), "edge-01");
  EXPECT_STREQ(json["state"].GetString(), "running");
  EXPECT_STREQ(json["started"].GetString(), "2025-11-21T02:00:00.123Z");
  EXPECT_EQ(json["uptime_ms"].GetInt(), 60'000);
  EXPECT_TRUE(json["links"][0]["retry_in_ms"].IsNull());
  EXPECT_EQ(json["links"][1]["retry_in_ms"].GetInt(), 3'200);
  const auto& rule = json["rules"][0];
  EXPECT_EQ(rule["received"].GetInt(), rule["forwarded"].GetInt() + rule["filtered"].GetInt() +
                                           rule["dropped"].GetInt() + rule["pending"].GetInt());
  EXPECT_TRUE(rule["adds_up"].GetBool());
  EXPECT_EQ(rule["dropped_by"]["inbox_full"].GetInt(), 0);
  EXPECT_EQ(rule["filtered_by"]["where"].GetInt(), 5);
  EXPECT_EQ(json["queues"][0]["oldest_age_ms"].GetInt(), 250);
  EXPECT_EQ(json["commands"]["delivered"].GetInt(), 3);
  EXPECT_EQ(json["hub"]["connections"].GetInt(), 4);
}

TEST(StatusJson, TellsWhenTheStoreWillBeFull) {
  GatewaySnapshot snapshot = filling();
  snapshot.queues.push_back({.name = "store", .time_to_full = snapshot.store.time_to_full});
  rapidjson::Document json;
  json.Parse(status_json(snapshot).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_TRUE(json["queues"][0]["time_to_full_ms"].IsNull());
  EXPECT_EQ(json["queues"][1]["time_to_full_ms"].GetInt(), 3 * 3'600'000);
  EXPECT_STREQ(json["store"]["rules"][0]["name"].GetString(), "meters");
  EXPECT_EQ(json["store"]["rules"][0]["max_messages"].GetInt(), 1'000);
}

TEST(StatusJson, IsValidWhateverTheTextsHold) {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.links[1].last_error = "\"\\\n\xff\x01";
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(status_json(snapshot).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["links"][1]["last_error"].GetString(), "\"\\\n\xef\xbf\xbd\x01");
}

TEST(StatusPage, EscapesEveryTextAndAsksForNothing) {
  GatewaySnapshot snapshot = sample_snapshot();
  const std::string hostile = "<img src=x onerror=alert(1)>\"'&";
  snapshot.gateway_id = hostile;
  snapshot.links[1].name = hostile;
  snapshot.links[1].last_error = hostile;
  snapshot.rules[0].name = hostile;
  snapshot.rules[0].dropped = {{hostile, 3}};
  snapshot.queues[0].name = hostile;
  snapshot.commands = {{hostile, 1}};
  const std::string page = status_page(snapshot);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"));
  for (const char* way_out : {"http://", "https://", "url(", "<script", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(way_out)));
  }
  EXPECT_THAT(page, Not(HasSubstr("<link")));
}

TEST(StatusPage, TellsOfTheStore) {
  GatewaySnapshot snapshot = filling();
  EXPECT_THAT(status_page(snapshot), HasSubstr("store: meters</th><td>600</td><td>4.0 KiB</td>"
                                               "<td>1000 messages</td><td>5m</td>"));
  EXPECT_THAT(status_page(snapshot), Not(HasSubstr("takes nothing")));
  snapshot.store.usable = false;
  snapshot.store.trouble = "<no space>";
  EXPECT_THAT(status_page(snapshot), HasSubstr("The store takes nothing: &lt;no space&gt;"));
}

TEST(StatusPage, ShowsWhetherTheBooksAddUp) {
  EXPECT_THAT(status_page(sample_snapshot()), HasSubstr(R"(<span class="good">yes</span>)"));
  EXPECT_THAT(status_page(crowded()), HasSubstr(R"(<span class="bad">no</span>)"));
}

}  // namespace
}  // namespace gateway
