// A snapshot as a screen for people: what `webpubsub-gateway status` shows.

#pragma once

#include <chrono>
#include <string>

#include "daemon/snapshot.h"

namespace gateway {

/// Lines of at most 80 columns, as long as no counter has more than ten digits. What came from
/// outside, such as the text of an error, is made printable. `colour` adds ANSI sequences.
std::string status_screen(const GatewaySnapshot& snapshot, bool colour);

/// "3d 4h", "12m 5s", "250ms": the two largest units, for people.
std::string rough_duration(std::chrono::milliseconds time);
/// "64.0 KiB", "812 B": three or four digits, for people.
std::string rough_size(std::uint64_t bytes);

}  // namespace gateway
