// What a hub has done, as Prometheus metrics: on the gateway's page, and on webpubsub-hub's own.

#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "base/clock.h"
#include "daemon/process_figures.h"
#include "hub/hub.h"

namespace gateway {

void add_hub_metrics(std::vector<prometheus::MetricFamily>& families,
                     const webpubsub::hub::HubCounters& hub);

/// The page of webpubsub-hub, in the text exposition format, version 0.0.4.
std::string render_hub_metrics(const webpubsub::hub::HubCounters& hub,
                               const ProcessFigures& process, webpubsub::WallTime started);

}  // namespace gateway
