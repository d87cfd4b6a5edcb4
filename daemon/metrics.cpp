#include "daemon/metrics.h"

#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "daemon/build_info.h"
#include "daemon/hub_metrics.h"

namespace gateway {
namespace {

using prometheus::MetricType;
using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<prometheus::ClientMetric::Label>;

double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

/// One metric and its series. Help texts hold no newline and no backslash: the serializer of
/// prometheus-cpp 1.0 does not escape them.
class Family {
 public:
  Family(Families& families, MetricType type, std::string name, std::string help)
      : families_(families) {
    family_.type = type;
    family_.name = std::move(name);
    family_.help = std::move(help);
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  /// A metric without a series, as of no rules, is left out.
  ~Family() {
    if (!family_.metric.empty()) families_.push_back(std::move(family_));
  }

  void add(Labels labels, double value) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    if (family_.type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    family_.metric.push_back(std::move(metric));
  }
  void add(Labels labels, std::uint64_t value) {
    add(std::move(labels), static_cast<double>(value));
  }
  void add(const webpubsub::Histogram& histogram) {
    prometheus::ClientMetric metric;
    const auto bounds = histogram.bounds();
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      below += histogram.count(i);
      const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({.cumulative_count = below, .upper_bound = bound});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = histogram.sum();
    family_.metric.push_back(std::move(metric));
  }

 private:
  Families& families_;
  prometheus::MetricFamily family_{};
};

Family counter(Families& families, std::string name, std::string help) {
  return {families, MetricType::Counter, std::move(name), std::move(help)};
}
Family gauge(Families& families, std::string name, std::string help) {
  return {families, MetricType::Gauge, std::move(name), std::move(help)};
}

Family histogram(Families& families, std::string name, std::string help) {
  return {families, MetricType::Histogram, std::move(name), std::move(help)};
}

double unix_seconds(webpubsub::WallTime time) {
  return static_cast<double>(webpubsub::unix_milliseconds(time)) / 1000;
}

void add_gateway(Families& families, const GatewaySnapshot& snapshot) {
  const BuildInfo build = build_info();
  gauge(families, "wpsgw_build_info", "Which build this is; always 1.")
      .add({{"version", std::string(build.version)},
            {"compiler", std::string(build.compiler)},
            {"build_type", std::string(build.build_type)}},
           std::uint64_t{1});
  gauge(families, "wpsgw_uptime_seconds", "Time since the gateway started.")
      .add({}, seconds(snapshot.uptime));
  counter(families, "wpsgw_mqtt_messages_received_total",
          "MQTT messages that arrived, whether or not a rule matched.")
      .add({}, snapshot.mqtt_received);
}

void add_links(Families& families, const std::vector<LinkSnapshot>& links) {
  auto up = gauge(families, "wpsgw_link_up", "Whether the link is connected.");
  auto connects = counter(families, "wpsgw_link_connects_total", "Connections that were opened.");
  auto reconnects =
      counter(families, "wpsgw_link_reconnects_total",
              "Times a connection had to be tried again, by what ended the last try.");
  auto closes = counter(families, "wpsgw_link_disconnects_total",
                        "Open connections that ended, by the reason.");
  auto offline =
      counter(families, "wpsgw_offline_seconds_total", "Time the link was not connected.");
  auto paused = gauge(families, "wpsgw_link_paused",
                      "Whether the broker keeps what comes until there is room for it.");
  auto pauses = counter(families, "wpsgw_link_pauses_total",
                        "Times a rule that blocks had no room for more.");
  auto heard = gauge(families, "wpsgw_link_last_heard_age_seconds",
                     "Since when nothing came from the other end; 0 while not connected.");
  auto unanswered = gauge(families, "wpsgw_link_unanswered_messages",
                          "Messages sent to the other end that have no outcome yet.");
  auto oldest = gauge(families, "wpsgw_link_unanswered_oldest_age_seconds",
                      "How long the oldest of them has been waiting for it.");
  for (const LinkSnapshot& link : links) {
    up.add({{"link", link.name}}, std::uint64_t{link.up ? 1U : 0U});
    connects.add({{"link", link.name}}, link.connects);
    reconnects.add({{"link", link.name}, {"reason", "connection_lost"}}, link.disconnects);
    reconnects.add({{"link", link.name}, {"reason", "connect_failed"}}, link.failed_connects);
    for (const auto& [reason, count] : link.disconnects_by) {
      closes.add({{"link", link.name}, {"reason", reason}}, count);
    }
    offline.add({{"link", link.name}}, seconds(link.down_total));
    paused.add({{"link", link.name}}, std::uint64_t{link.paused ? 1U : 0U});
    pauses.add({{"link", link.name}}, link.pauses);
    heard.add({{"link", link.name}},
              seconds(link.heard_ago.value_or(std::chrono::milliseconds(0))));
    unanswered.add({{"link", link.name}}, link.unanswered);
    oldest.add({{"link", link.name}}, seconds(link.oldest_unanswered));
  }
}

void add_rules(Families& families, const GatewaySnapshot& snapshot) {
  auto matches = counter(families, "wpsgw_rule_matches_total", "Messages a rule received.");
  auto forwarded = counter(families, "wpsgw_rule_forwarded_total",
                           "Messages handed to the connection or, if so asked, acknowledged.");
  auto filtered =
      counter(families, "wpsgw_rule_filtered_total", "Messages a rule left out on purpose.");
  auto filtered_by = counter(families, "wpsgw_messages_filtered_total",
                             "Messages a rule left out on purpose, by why.");
  auto dropped = counter(families, "wpsgw_messages_dropped_total",
                         "Messages lost, by why. Those that no rule saw have an empty rule.");
  auto pending =
      gauge(families, "wpsgw_rule_pending_messages", "Messages of a rule that are on their way.");
  auto frames = counter(families, "wpsgw_frames_sent_total", "Frames sent to the service.");
  auto bytes = counter(families, "wpsgw_frames_sent_bytes_total", "Bytes of those frames.");
  for (const auto& [reason, count] : snapshot.mqtt_dropped) {
    dropped.add({{"rule", ""}, {"reason", reason}}, count);
  }
  for (const RuleSnapshot& rule : snapshot.rules) {
    const Labels name{{"rule", rule.name}};
    const Labels name_and_mode{{"rule", rule.name}, {"mode", rule.mode}};
    matches.add(name, rule.received);
    forwarded.add(name, rule.forwarded);
    filtered.add(name, rule.filtered);
    for (const auto& [reason, count] : rule.filtered_by) {
      filtered_by.add({{"rule", rule.name}, {"reason", reason}}, count);
    }
    pending.add(name, rule.pending);
    frames.add(name_and_mode, rule.frames);
    bytes.add(name_and_mode, rule.sent_bytes);
    for (const auto& [reason, count] : rule.dropped) {
      dropped.add({{"rule", rule.name}, {"reason", reason}}, count);
    }
  }
}

void add_queues(Families& families, const std::vector<QueueSnapshot>& queues) {
  auto messages = gauge(families, "wpsgw_queue_messages", "Messages in the queue.");
  auto bytes = gauge(families, "wpsgw_queue_bytes", "Bytes in the queue.");
  auto max_messages =
      gauge(families, "wpsgw_queue_limit_messages", "Messages the queue takes at most.");
  auto max_bytes = gauge(families, "wpsgw_queue_limit_bytes", "Bytes the queue takes at most.");
  auto age = gauge(families, "wpsgw_queue_oldest_age_seconds",
                   "How long the oldest message of the queue has been waiting.");
  for (const QueueSnapshot& queue : queues) {
    const Labels name{{"queue", queue.name}};
    messages.add(name, queue.messages);
    bytes.add(name, queue.bytes);
    if (queue.max_messages > 0) max_messages.add(name, queue.max_messages);
    if (queue.max_bytes > 0) max_bytes.add(name, queue.max_bytes);
    age.add(name, seconds(queue.oldest_age));
  }
}

void add_store(Families& families, const GatewaySnapshot& snapshot) {
  auto restored = counter(families, "wpsgw_rule_restored_total",
                          "Messages a rule received that were on disk at the start.");
  auto stored =
      gauge(families, "wpsgw_rule_stored_messages", "Messages of a rule that wait on disk.");
  auto durable = gauge(families, "wpsgw_rule_durable",
                       "Whether messages of a rule are on disk before the broker hears of it.");
  for (const RuleSnapshot& rule : snapshot.rules) {
    durable.add({{"rule", rule.name}}, std::uint64_t{rule.durable ? 1U : 0U});
    restored.add({{"rule", rule.name}}, rule.restored);
    stored.add({{"rule", rule.name}}, rule.on_disk);
  }
  const auto& store = snapshot.store;
  gauge(families, "wpsgw_store_up",
        "Whether the store takes what is put into it, or none is needed.")
      .add({}, std::uint64_t{!store.open || store.usable ? 1U : 0U});
  counter(families, "wpsgw_store_written_bytes_total",
          "Bytes written to the disk by the store, its own upkeep included.")
      .add({}, store.bytes_written);
  gauge(families, "wpsgw_store_disk_bytes", "Bytes of the store's files.")
      .add({}, store.bytes_on_disk);
  counter(families, "wpsgw_store_recoveries_total", "Times the store was damaged and set aside.")
      .add({}, store.recoveries);
  counter(families, "wpsgw_store_failures_total", "Times the disk refused something.")
      .add({}, store.failures);
}

void add_governor(Families& families, const GovernorSnapshot& governor) {
  gauge(families, "wpsgw_send_rate_limit",
        "Messages a second that may leave at present; 0: no limit.")
      .add({}, governor.frame_rate);
  gauge(families, "wpsgw_billed_units_today",
        "Units of 2 KB sent since midnight UTC, as one receiver would cost.")
      .add({}, governor.billed_today);
  gauge(families, "wpsgw_held_priorities", "Priorities that wait, the lowest first.")
      .add({}, governor.held);
  counter(families, "wpsgw_throttled_total", "Times the service said that it is too much for it.")
      .add({}, governor.throttled);
}

void add_flow(Families& families, const UplinkFigures& uplink) {
  histogram(families, "wpsgw_frame_size_bytes", "Size of the messages forwarded to the service.")
      .add(uplink.frame_bytes);
  histogram(families, "wpsgw_batch_messages", "Readings in each message forwarded to the service.")
      .add(uplink.batch_messages);
  histogram(families, "wpsgw_ack_duration_seconds",
            "From sending a message to the ack of the service, where a rule asks for acks.")
      .add(uplink.ack_time);
  histogram(families, "wpsgw_end_to_end_duration_seconds",
            "From the arrival of the oldest reading in a message to that message being forwarded.")
      .add(uplink.end_to_end);
}

void add_commands(Families& families, const GatewaySnapshot& snapshot) {
  auto total = counter(families, "wpsgw_commands_total", "Commands, by how they ended.");
  for (const auto& [outcome, count] : snapshot.commands) total.add({{"outcome", outcome}}, count);
  auto refused = counter(families, "wpsgw_commands_refused_total",
                         "Commands that were rejected or failed, by the reason.");
  for (const auto& [reason, count] : snapshot.commands_refused) {
    refused.add({{"reason", reason}}, count);
  }
  gauge(families, "wpsgw_commands_pending", "Commands under way.")
      .add({}, snapshot.commands_pending);
  counter(families, "wpsgw_command_replies_late_total",
          "Replies of devices that nobody waited for, or not any more.")
      .add({}, snapshot.late_replies);
  auto answers = counter(families, "wpsgw_command_answers_total",
                         "Answers to commands and other requests, by what became of them.");
  for (const auto& [result, count] : snapshot.answers) answers.add({{"result", result}}, count);
  gauge(families, "wpsgw_command_answers_waiting", "Answers that wait for the service.")
      .add({}, snapshot.answers_waiting);
  auto replies = counter(families, "wpsgw_event_replies_total",
                         "Answers of the server to readings sent as events, by what became of "
                         "them.");
  for (const auto& [outcome, count] : snapshot.event_replies) {
    replies.add({{"outcome", outcome}}, count);
  }
  gauge(families, "wpsgw_event_replies_pending", "Answers of the server that are waited for.")
      .add({}, snapshot.event_replies_pending);
  auto snapshots = counter(families, "wpsgw_snapshots_total",
                           "Requests for last values, those refused, and parts answered.");
  for (const auto& [what, count] : snapshot.snapshots) snapshots.add({{"kind", what}}, count);
  gauge(families, "wpsgw_last_values", "Topics whose last value is kept.")
      .add({}, snapshot.last_values);
  gauge(families, "wpsgw_last_values_bytes", "What those take.").add({}, snapshot.last_value_bytes);
  auto devices = gauge(families, "wpsgw_devices", "Devices, by how they are.");
  for (const auto& [state, count] : snapshot.devices) devices.add({{"state", state}}, count);
  counter(families, "wpsgw_device_changes_total", "Devices that came, fell silent or went.")
      .add({}, snapshot.device_changes);
  histogram(families, "wpsgw_command_duration_seconds",
            "From the arrival of a command that was accepted to its outcome.")
      .add(snapshot.command_time);
}

void add_billable(Families& families, const GatewaySnapshot& snapshot) {
  auto billable = counter(families, "wpsgw_billable_messages_total",
                          "What the service bills, in its units of 2 KB: down is what it delivered "
                          "here, up what one receiver of everything forwarded costs.");
  billable.add({{"direction", "up"}}, snapshot.uplink.billable);
  billable.add({{"direction", "down"}}, snapshot.commands_billable);
}

void add_mirror(Families& families, const MirrorSnapshot& mirror) {
  gauge(families, "wpsgw_mirror_up", "Whether the hub on this machine gets what the service gets.")
      .add({}, std::uint64_t{mirror.up ? 1U : 0U});
  auto messages = counter(families, "wpsgw_mirror_messages_total",
                          "Messages for the hub on this machine, by what became of them.");
  messages.add({{"result", "received"}}, mirror.received);
  messages.add({{"result", "forwarded"}}, mirror.forwarded);
  messages.add({{"result", "filtered"}}, mirror.filtered);
  messages.add({{"result", "dropped"}}, mirror.dropped);
  gauge(families, "wpsgw_mirror_pending_messages", "Messages on their way to that hub.")
      .add({}, mirror.pending);
}

void add_control(Families& families, const Tally& control) {
  auto requests = counter(families, "wpsgw_control_requests_total",
                          "Requests on the control socket, by how they ended.");
  for (const auto& [outcome, count] : control) requests.add({{"outcome", outcome}}, count);
}

void add_configuration(Families& families, const GatewaySnapshot& snapshot) {
  gauge(families, "wpsgw_config_last_reload_successful",
        "Whether the latest reload of the configuration was applied; 1 from the start.")
      .add({}, std::uint64_t{snapshot.config.last_reload_successful ? 1U : 0U});
  gauge(families, "wpsgw_config_last_reload_timestamp_seconds",
        "When the latest reload was tried, in Unix time; the start before any.")
      .add({}, unix_seconds(snapshot.config.last_reload));
  auto reloads = counter(families, "wpsgw_config_reloads_total",
                         "Reloads of the configuration; a refused one changed nothing.");
  reloads.add({{"outcome", "applied"}}, snapshot.config.reloads);
  reloads.add({{"outcome", "refused"}}, snapshot.config.failed_reloads);
  counter(families, "wpsgw_credential_changes_total",
          "Credential files taken up because they changed on disk.")
      .add({}, snapshot.config.credential_changes);
  auto expiry = gauge(families, "wpsgw_credential_expiry_timestamp_seconds",
                      "When the credential of the link runs out, in Unix time; +Inf: never, or "
                      "made anew for each connection.");
  for (const CredentialSnapshot& credential : snapshot.credentials) {
    expiry.add({{"link", credential.link}}, credential.expires
                                                ? unix_seconds(*credential.expires)
                                                : std::numeric_limits<double>::infinity());
  }
}

/// Names and meaning as in every client library of Prometheus.
void add_process(Families& families, const GatewaySnapshot& snapshot,
                 const ProcessFigures& process) {
  counter(families, "process_cpu_seconds_total", "User and system CPU time.")
      .add({}, process.cpu_seconds);
  gauge(families, "process_resident_memory_bytes", "Resident memory size.")
      .add({}, process.resident_bytes);
  gauge(families, "process_virtual_memory_bytes", "Virtual memory size.")
      .add({}, process.virtual_bytes);
  gauge(families, "process_open_fds", "Open file descriptors.").add({}, process.open_files);
  gauge(families, "process_max_fds", "File descriptors allowed.").add({}, process.max_files);
  gauge(families, "process_start_time_seconds", "When the process started, in Unix time.")
      .add({}, unix_seconds(snapshot.started));
}

}  // namespace

std::string render_metrics(const GatewaySnapshot& snapshot, const ProcessFigures& process) {
  Families families;
  add_gateway(families, snapshot);
  add_links(families, snapshot.links);
  add_rules(families, snapshot);
  add_queues(families, snapshot.queues);
  add_store(families, snapshot);
  add_governor(families, snapshot.governor);
  add_flow(families, snapshot.uplink);
  add_commands(families, snapshot);
  add_control(families, snapshot.control);
  add_billable(families, snapshot);
  add_configuration(families, snapshot);
  if (snapshot.mirror) add_mirror(families, *snapshot.mirror);
  if (snapshot.hub) add_hub_metrics(families, *snapshot.hub);
  add_process(families, snapshot, process);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gateway
