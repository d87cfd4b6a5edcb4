#include "daemon/health.h"

#include "base/units.h"

namespace gateway {
namespace {

/// 80 %: full enough to be told before anything is lost.
bool nearly_full(std::uint64_t used, std::uint64_t limit) {
  return limit > 0 && used >= limit - limit / 5;
}

std::string whole_seconds(std::chrono::milliseconds time) {
  return webpubsub::format_duration(std::chrono::floor<std::chrono::seconds>(time));
}

std::string link_problem(const LinkSnapshot& link) {
  std::string words = "the " + link.name + " link is " + (link.paused ? "paused" : "down") +
                      " for " + whole_seconds(link.down_for);
  if (!link.last_error.empty()) words += ": " + link.last_error;
  return words;
}

}  // namespace

Health readiness(const GatewaySnapshot& snapshot) {
  if (snapshot.state == RunState::Starting) return {.ok = false, .words = "starting\n"};
  if (snapshot.state == RunState::Stopping) return {.ok = false, .words = "stopping\n"};
  std::string problems;
  for (const LinkSnapshot& link : snapshot.links) {
    if (!link.up) problems += link_problem(link) + "\n";
  }
  for (const QueueSnapshot& queue : snapshot.queues) {
    if (nearly_full(queue.messages, queue.max_messages) ||
        nearly_full(queue.bytes, queue.max_bytes)) {
      problems += "the " + queue.name + " is nearly full\n";
    }
  }
  if (snapshot.store.open && !snapshot.store.usable) {
    problems += "the store takes nothing: " + snapshot.store.trouble + "\n";
  }
  if (problems.empty()) return {.ok = true, .words = "ready\n"};
  return {.ok = true, .words = "ready, but degraded:\n" + problems};
}

}  // namespace gateway
