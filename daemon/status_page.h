// The status page for people: one plain HTML document, made here, that asks for nothing else.

#pragma once

#include <string>
#include <string_view>

#include "daemon/snapshot.h"

namespace gateway {

/// What the page may do, for Content-Security-Policy: show itself, in its own style.
inline constexpr std::string_view kStatusPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

/// Reloads itself every five seconds. Every text in it is escaped, wherever it came from.
std::string status_page(const GatewaySnapshot& snapshot);

}  // namespace gateway
