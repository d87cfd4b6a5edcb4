#include "daemon/service_status.h"

#include <array>
#include <ctime>
#include <numeric>

namespace gateway {
namespace {

using std::chrono::milliseconds;
using webpubsub::WallTime;

// What is on its way at any moment is no backlog.
constexpr milliseconds kBacklogAge = std::chrono::seconds(5);

std::string clock_time(WallTime time, const char* format) {
  const auto seconds =
      std::chrono::system_clock::to_time_t(std::chrono::round<std::chrono::seconds>(time));
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

/// To two digits: a count that grows all the time is not worth a new line each time.
std::uint64_t roughly(std::uint64_t count) {
  std::uint64_t unit = 1;
  while (count / unit >= 100) unit *= 10;
  return count / unit * unit;
}

std::string other_end(const LinkSnapshot& link, bool hub) {
  if (link.name == "mqtt") return "the broker";
  if (link.name != "cloud") return "the broker for rules that block";
  return hub ? "the embedded hub" : "the service";
}

std::string down_words(const LinkSnapshot& link, bool hub, WallTime now) {
  std::string words = (link.paused ? "paused: the link to " : "no link to ") + other_end(link, hub);
  if (link.connects > 0) words += " since " + clock_time(now - link.down_for, "%H:%M");
  if (!link.last_error.empty()) words += " (" + link.last_error + ")";
  if (link.retry_in) words += ", next try at " + clock_time(now + *link.retry_in, "%H:%M:%S");
  return words;
}

std::uint64_t sum(const Tally& tally) {
  return std::accumulate(tally.begin(), tally.end(), std::uint64_t{0},
                         [](std::uint64_t total, const auto& one) { return total + one.second; });
}

std::string backlog_words(const GatewaySnapshot& snapshot) {
  milliseconds oldest{};
  std::uint64_t waiting = 0;
  for (const auto& queue : snapshot.queues) oldest = std::max(oldest, queue.oldest_age);
  for (const auto& rule : snapshot.rules) waiting += rule.pending;
  if (oldest < kBacklogAge || waiting == 0) return {};
  const auto rough = roughly(waiting);
  return "; " + std::string(rough == waiting ? "" : "over ") + std::to_string(rough) +
         (waiting == 1 ? " reading waits" : " readings wait");
}

}  // namespace

std::string service_status(const GatewaySnapshot& snapshot, WallTime now) {
  const bool hub = snapshot.hub.has_value();
  std::string up;
  std::string down;
  for (const LinkSnapshot& link : snapshot.links) {
    if (link.up && link.name != "mqtt" && link.name != "cloud") continue;  // goes without saying
    if (link.up) {
      up += (up.empty() ? "connected to " : " and ") + other_end(link, hub);
    } else {
      down += (down.empty() ? "" : "; ") + down_words(link, hub, now);
    }
  }
  std::string line = down + (down.empty() || up.empty() ? "" : "; ") + up;
  if (snapshot.store.open && !snapshot.store.usable) {
    line += "; the store takes nothing (" + snapshot.store.trouble + ")";
  }
  line += backlog_words(snapshot);
  std::uint64_t lost = 0;
  for (const RuleSnapshot& rule : snapshot.rules) lost += sum(rule.dropped);
  if (lost > 0) {
    line += "; " + std::to_string(lost) + (lost == 1 ? " reading" : " readings") +
            " lost since the start";
  }
  return line;
}

}  // namespace gateway
