#include "daemon/progress_parts.h"

namespace gateway {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

// Each well beyond what the part itself allows, so that its own remedy comes first.
constexpr milliseconds kLoopLimit = 30s;
constexpr milliseconds kInboxLimit = 60s;     // drained twenty times a second at least
constexpr milliseconds kOutboxLimit = 90s;    // an ack that does not come is given up after 30 s
constexpr milliseconds kLibraryLimit = 60s;   // our callbacks in it copy and return
constexpr milliseconds kSilenceLimit = 50s;   // beyond the silence after which the client hangs up
constexpr milliseconds kConnectLimit = 180s;  // beyond the timeout: looking up names blocks long

/// What left the outbox or was put back there; readings dropped because it is full are no movement.
std::uint64_t movements(const UplinkCounts& uplink) {
  std::uint64_t moved = uplink.frames_resent;
  for (const auto& rule : uplink.rules) {
    moved += rule.forwarded + rule.dropped[static_cast<std::size_t>(DropReason::Rejected)];
  }
  return moved;
}

// While it connects, the library may be looking up a name, which holds its lock.
PartFigures broker_part(std::string name, const LinkRecord& link, webpubsub::TimePoint heard,
                        milliseconds connect_timeout) {
  PartFigures part{.name = std::move(name)};
  if (link.up()) part.heard = heard;
  part.silence_limit = kLibraryLimit;
  part.attempt_ends = link.attempt_at();
  part.attempt_limit = connect_timeout + kConnectLimit;
  return part;
}

}  // namespace

std::vector<PartFigures> progress_parts(const ProgressSigns& signs, const LinkRecord& mqtt,
                                        const LinkRecord& cloud, const UplinkCounts& uplink,
                                        webpubsub::TimePoint now) {
  PartFigures loop{.name = "the event loop"};
  loop.has_work = true;
  loop.moved = signs.laps;
  loop.work_limit = kLoopLimit;

  PartFigures inbox{.name = "the inbox"};
  if (uplink.inbox_messages > 0) inbox.heard = now - uplink.inbox_age;
  inbox.silence_limit = kInboxLimit;

  PartFigures outbox{.name = "the outbox"};
  outbox.has_work = cloud.up() && uplink.outbox_batches > 0;
  outbox.moved = movements(uplink);
  outbox.work_limit = kOutboxLimit;

  PartFigures service{.name = "the link to the service"};
  if (cloud.up()) service.heard = signs.cloud_heard;
  service.silence_limit = 2 * signs.cloud_keep_alive + kSilenceLimit;
  service.attempt_ends = cloud.attempt_at();
  service.attempt_limit = signs.cloud_connect_timeout + kConnectLimit;
  std::vector parts{
      loop, inbox, outbox,
      broker_part("the link to the broker", mqtt, signs.mqtt_heard, signs.mqtt_connect_timeout),
      service};
  // Paused, it neither is up nor attempts anything.
  if (signs.blocking != nullptr) {
    parts.push_back(broker_part("the broker's link of rules that block", *signs.blocking,
                                signs.blocking_heard, signs.mqtt_connect_timeout));
  }
  return parts;
}

}  // namespace gateway
