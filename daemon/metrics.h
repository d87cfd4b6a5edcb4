// A snapshot as Prometheus metrics. Names and labels are an interface: docs and dashboards of
// users rely on them. No topic, group or device is ever a label; the series are as many as the
// configuration has rules, and all of them are there from the start.

#pragma once

#include <string>

#include "daemon/process_figures.h"
#include "daemon/snapshot.h"

namespace gateway {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// The text exposition format, version 0.0.4.
std::string render_metrics(const GatewaySnapshot& snapshot, const ProcessFigures& process);

}  // namespace gateway
