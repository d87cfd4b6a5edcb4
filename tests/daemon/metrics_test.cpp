#include "daemon/metrics.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/build_info.h"
#include "daemon/open_metrics.h"
#include "tests/daemon/sample_snapshot.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const ProcessFigures kProcess{.cpu_seconds = 1.5,
                              .resident_bytes = 8'000'000,
                              .virtual_bytes = 90'000'000,
                              .open_files = 12,
                              .max_files = 1024};

std::string rendered() { return render_metrics(sample_snapshot(), kProcess); }

TEST(Metrics, TellTheBooksOfEachRule) {
  const std::string text = rendered();
  EXPECT_THAT(text, HasSubstr("\nwpsgw_rule_matches_total{rule=\"climate\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_rule_forwarded_total{rule=\"climate\"} 980\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_rule_filtered_total{rule=\"climate\"} 5\n"));
  EXPECT_THAT(text,
              HasSubstr("\nwpsgw_messages_filtered_total{rule=\"climate\",reason=\"where\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_rule_pending_messages{rule=\"climate\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\nwpsgw_messages_dropped_total{rule=\"climate\",reason=\"malformed\"} 13\n"));
  EXPECT_THAT(
      text, HasSubstr("\nwpsgw_messages_dropped_total{rule=\"climate\",reason=\"inbox_full\"} 0\n"))
      << "a reason that never occurred is there with 0";
  EXPECT_THAT(
      text, HasSubstr("\nwpsgw_frames_sent_total{rule=\"climate\",mode=\"fire_and_forget\"} 40\n"));
}

TEST(Metrics, TellWhyConnectionsEnded) {
  auto snapshot = sample_snapshot();
  snapshot.links[1].disconnects_by = {{"going_away", 2}, {"lost", 0}};
  const auto text = render_metrics(snapshot, kProcess);
  const std::string series = "\nwpsgw_link_disconnects_total{link=\"cloud\",reason=";
  EXPECT_THAT(text, HasSubstr(series + "\"going_away\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(series + "\"lost\"} 0\n"));
}

TEST(Metrics, TellHowAliveALinkIs) {
  auto snapshot = sample_snapshot();
  snapshot.links[0].heard_ago = std::chrono::milliseconds(3'500);
  snapshot.links[0].unanswered = 2;
  snapshot.links[0].oldest_unanswered = std::chrono::milliseconds(1'500);
  const auto text = render_metrics(snapshot, kProcess);
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_last_heard_age_seconds{link=\"mqtt\"} 3.5\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_unanswered_messages{link=\"mqtt\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_unanswered_oldest_age_seconds{link=\"mqtt\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_last_heard_age_seconds{link=\"cloud\"} 0\n"));
}

TEST(Metrics, TellLinksQueuesAndCommands) {
  const std::string text = rendered();
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_up{link=\"mqtt\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_up{link=\"cloud\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_paused{link=\"mqtt\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_link_pauses_total{link=\"cloud\"} 0\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\nwpsgw_link_reconnects_total{link=\"cloud\",reason=\"connection_lost\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\nwpsgw_link_reconnects_total{link=\"cloud\",reason=\"connect_failed\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_offline_seconds_total{link=\"cloud\"} 4.5\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_queue_bytes{queue=\"outbox\"} 4096\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_queue_oldest_age_seconds{queue=\"outbox\"} 0.25\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_commands_total{outcome=\"delivered\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_mqtt_messages_received_total 1001\n"));
}

TEST(Metrics, TellSizesAndTimesAsHistograms) {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.uplink.frame_bytes.observe(300.0);
  snapshot.uplink.frame_bytes.observe(2e6);
  snapshot.command_time.observe(std::chrono::milliseconds(20));
  const std::string text = render_metrics(snapshot, kProcess);
  EXPECT_THAT(text, HasSubstr("\nwpsgw_frame_size_bytes_bucket{le=\"256\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_frame_size_bytes_bucket{le=\"512\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_frame_size_bytes_bucket{le=\"1048576\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_frame_size_bytes_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_frame_size_bytes_count 2\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_frame_size_bytes_sum 2000300\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_command_duration_seconds_sum 0.02\n"));
  for (const auto* name : {"wpsgw_batch_messages", "wpsgw_ack_duration_seconds",
                           "wpsgw_end_to_end_duration_seconds"}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name) + "_count 0\n")) << "there from the start";
  }
}

TEST(Metrics, TellConfigurationAndCredentials) {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.uplink.billable = 5;
  snapshot.commands_billable = 7;
  snapshot.config.last_reload = snapshot.started;
  snapshot.config.failed_reloads = 2;
  std::string text = render_metrics(snapshot, kProcess);
  EXPECT_THAT(text, HasSubstr("\nwpsgw_config_last_reload_successful 1\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_config_last_reload_timestamp_seconds 1763690400.123"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_config_reloads_total{outcome=\"applied\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_config_reloads_total{outcome=\"refused\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_credential_expiry_timestamp_seconds{link=\"mqtt\"} +Inf\n"));
  EXPECT_THAT(
      text, HasSubstr("\nwpsgw_credential_expiry_timestamp_seconds{link=\"cloud\"} 1764000000\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_billable_messages_total{direction=\"up\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("\nwpsgw_billable_messages_total{direction=\"down\"} 7\n"));
  snapshot.config.last_reload_successful = false;
  EXPECT_THAT(render_metrics(snapshot, kProcess),
              HasSubstr("\nwpsgw_config_last_reload_successful 0\n"));
}

TEST(Metrics, TellTheProcessAndTheBuild) {
  const std::string text = rendered();
  EXPECT_THAT(text, HasSubstr("\nprocess_cpu_seconds_total 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes 8000000\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds 12\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_start_time_seconds 1763690400.123"));
  EXPECT_THAT(text,
              HasSubstr("wpsgw_build_info{version=\"" + std::string(build_info().version) + "\""));
}

TEST(Metrics, LeaveOutTheHubWhenItDoesNotServe) {
  GatewaySnapshot snapshot = sample_snapshot();
  EXPECT_THAT(render_metrics(snapshot, kProcess), HasSubstr("\nwpsgw_hub_connections 4\n"));
  snapshot.hub.reset();
  EXPECT_THAT(render_metrics(snapshot, kProcess), Not(HasSubstr("wpsgw_hub")));
}

TEST(Metrics, EscapeWhatARuleMayBeCalled) {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.rules[0].name = "a\"b\\c\nd";
  EXPECT_THAT(render_metrics(snapshot, kProcess),
              HasSubstr("wpsgw_rule_matches_total{rule=\"a\\\"b\\\\c\\nd\"} 1000\n"));
}

TEST(Metrics, PassThePrometheusParserAndItsRules) {
  const support::TempFolder folder;
  const std::string file = folder.file("metrics");
  std::ofstream(file) << rendered();
  // The system's own, for which the parser is packaged.
  const std::string command = "/usr/bin/python3 '" GW_CHECK_METRICS "' '" + file + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << rendered();
  const auto other = to_open_metrics(rendered());
  std::ofstream(file) << other;
  EXPECT_EQ(std::system((command + " openmetrics").c_str()), 0) << other;
}

TEST(Metrics, DescribeCountersInOpenMetricsWithoutTheirEnding) {
  EXPECT_EQ(
      to_open_metrics("# HELP a_total Of a_total.\n# TYPE a_total counter\na_total{x=\"y z\"} 1\n"
                      "# TYPE b gauge\nb 2\n"),
      "# HELP a Of a_total.\n# TYPE a counter\na_total{x=\"y z\"} 1\n# TYPE b gauge\nb 2\n# EOF\n");
}

TEST(Metrics, AreInTheFormatThatIsWantedMost) {
  const auto wanted = [](const std::string& accept) {
    return wants_open_metrics({.headers = {{"accept", accept}}});
  };
  // Prometheus as it is, and where scrape_protocols has the older format first.
  EXPECT_TRUE(
      wanted("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
             "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
             "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
  EXPECT_FALSE(
      wanted("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,"
             "*/*;q=0.2"));
  EXPECT_TRUE(wanted("application/openmetrics-text"));
  EXPECT_TRUE(wanted("text/html, application/openmetrics-text ; q=0.1"));
  EXPECT_FALSE(wanted("application/openmetrics-text;q=0, */*"));
  EXPECT_FALSE(wanted("application/openmetrics-text;q=much"));
  EXPECT_FALSE(wanted("*/*"));
  EXPECT_FALSE(wanted(""));
}

TEST(ProcessFigures, AreThoseOfThisProcess) {
  const ProcessFigures figures = read_process_figures();
  EXPECT_GT(figures.resident_bytes, 1'000'000U);
  EXPECT_GT(figures.virtual_bytes, figures.resident_bytes);
  EXPECT_GE(figures.open_files, 3U);
  EXPECT_GE(figures.max_files, figures.open_files);
  EXPECT_GE(figures.cpu_seconds, 0.0);
}

}  // namespace
}  // namespace gateway
