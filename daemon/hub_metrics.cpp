#include "daemon/hub_metrics.h"

#include <utility>

#include <prometheus/text_serializer.h>

#include "daemon/build_info.h"

namespace gateway {
namespace {

using prometheus::MetricType;
using Families = std::vector<prometheus::MetricFamily>;

prometheus::ClientMetric metric_of(MetricType type, double value) {
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

void add(Families& families, MetricType type, const char* name, const char* help, double value) {
  prometheus::MetricFamily family;
  family.type = type;
  family.name = name;
  family.help = help;
  family.metric.push_back(metric_of(type, value));
  families.push_back(std::move(family));
}

void count(Families& families, const char* name, const char* help, std::uint64_t value) {
  add(families, MetricType::Counter, name, help, static_cast<double>(value));
}

/// One metric by reason.
void count_by_reason(Families& families, const char* name, const char* help,
                     std::initializer_list<std::pair<const char*, std::uint64_t>> reasons) {
  prometheus::MetricFamily family;
  family.type = MetricType::Counter;
  family.name = name;
  family.help = help;
  for (const auto& [reason, value] : reasons) {
    auto metric = metric_of(MetricType::Counter, static_cast<double>(value));
    metric.label.push_back({"reason", reason});
    family.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(family));
}

}  // namespace

void add_hub_metrics(Families& families, const webpubsub::hub::HubCounters& hub) {
  add(families, MetricType::Gauge, "wpsgw_hub_connections",
      "Connections the embedded hub has open, those that wait for their client included.",
      static_cast<double>(hub.connections));
  count(families, "wpsgw_hub_connections_opened_total", "Connections the embedded hub accepted.",
        hub.connections_total);
  count(families, "wpsgw_hub_messages_received_total",
        "Frames and REST sends the embedded hub took in.", hub.messages_in);
  count(families, "wpsgw_hub_deliveries_total", "Messages the embedded hub queued to connections.",
        hub.deliveries);
  count(families, "wpsgw_hub_messages_expired_total",
        "Messages whose time to live ended while their client was away.", hub.messages_expired);
  count(families, "wpsgw_hub_recoveries_total", "Connections that went on over a new socket.",
        hub.recoveries);
  count(families, "wpsgw_hub_handshakes_rejected_total", "Connections the embedded hub refused.",
        hub.rejected_handshakes);
  count(families, "wpsgw_hub_frames_malformed_total", "Frames the embedded hub could not read.",
        hub.malformed_frames);
  count(families, "wpsgw_hub_slow_clients_closed_total",
        "Connections the embedded hub closed because they did not keep up.",
        hub.slow_clients_closed);
  count_by_reason(families, "wpsgw_hub_refused_total",
                  "What the limits of the embedded hub refused.",
                  {{"connections", hub.connections_refused},
                   {"request_rate", hub.requests_refused},
                   {"handshake_timeout", hub.handshake_timeouts},
                   {"request_size", hub.oversized_requests},
                   {"message_size", hub.oversized_messages},
                   {"groups", hub.joins_refused}});
  count(families, "wpsgw_hub_webhook_events_total", "Events that an event handler took or refused.",
        hub.webhook_events);
  count(families, "wpsgw_hub_webhook_retries_total", "Requests to event handlers beyond the first.",
        hub.webhook_retries);
  count_by_reason(families, "wpsgw_hub_webhook_failures_total",
                  "Events that no event handler took in the end.",
                  {{"queue_full", hub.webhook_overflows},
                   {"no_answer", hub.webhook_failures - hub.webhook_overflows}});
}

std::string render_hub_metrics(const webpubsub::hub::HubCounters& hub,
                               const ProcessFigures& process, webpubsub::WallTime started) {
  Families families;
  prometheus::MetricFamily build;
  build.type = MetricType::Gauge;
  build.name = "wpsgw_build_info";
  build.help = "Which build this is; always 1.";
  build.metric.push_back(metric_of(MetricType::Gauge, 1));
  build.metric.back().label.push_back({"version", std::string(build_info().version)});
  families.push_back(std::move(build));
  add_hub_metrics(families, hub);
  add(families, MetricType::Counter, "process_cpu_seconds_total", "User and system CPU time.",
      process.cpu_seconds);
  const auto gauge = [&families](const char* name, const char* help, double value) {
    add(families, MetricType::Gauge, name, help, value);
  };
  gauge("process_resident_memory_bytes", "Resident memory size.",
        static_cast<double>(process.resident_bytes));
  gauge("process_virtual_memory_bytes", "Virtual memory size.",
        static_cast<double>(process.virtual_bytes));
  gauge("process_open_fds", "Open file descriptors.", static_cast<double>(process.open_files));
  gauge("process_max_fds", "File descriptors allowed.", static_cast<double>(process.max_files));
  gauge("process_start_time_seconds", "When the process started, in Unix time.",
        std::chrono::duration<double>(started.time_since_epoch()).count());
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gateway
