// The same metrics in the OpenMetrics format, for those who ask for it.

#pragma once

#include <string>
#include <string_view>

#include "net/http.h"

namespace gateway {

inline constexpr const char* kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether the request prefers it, as Prometheus does.
bool wants_open_metrics(const webpubsub::net::HttpRequest& request);

/// `text` in the format of kMetricsContentType. The two differ in what a counter is called where it
/// is described, and in the line at the end. Source: OpenMetrics 1.0.
std::string to_open_metrics(std::string_view text);

}  // namespace gateway
