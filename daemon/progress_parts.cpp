#include "daemon/progress_parts.h"

#include <string>
#include <utility>

namespace gateway {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

// Each well beyond what the part itself allows, so that its own remedy comes first.
constexpr milliseconds kLoopLimit = 30s;
constexpr milliseconds kInboxLimit = 60s;     // drained twenty times a second at least
constexpr milliseconds kOutboxLimit = 90s;    // an ack that does not come is given up after 30 s
constexpr milliseconds kLibraryLimit = 60s;   // our callbacks in it copy and return
constexpr milliseconds kSilenceLimit = 50s;   // beyond the silence after which the link is given up
constexpr milliseconds kConnectLimit = 180s;  // beyond the timeout: looking up names blocks long

// While it connects, the library may be looking up a name, which holds its lock.
PartFigures library_part(std::string name, const LinkSigns& link) {
  PartFigures part{.name = std::move(name)};
  if (link.record->up()) part.heard = link.alive;
  part.silence_limit = kLibraryLimit;
  return part;
}

PartFigures link_part(std::string name, const LinkSigns& link, milliseconds silence,
                      milliseconds connect_timeout) {
  PartFigures part{.name = std::move(name)};
  if (link.record->up()) part.heard = link.heard;
  part.silence_limit = silence + kSilenceLimit;
  part.attempt_ends = link.record->attempt_at();
  part.attempt_limit = connect_timeout + kConnectLimit;
  return part;
}

/// Only what the service says is progress: what is dropped or sent again is none. A link that is
/// made anew has had its remedy, and what it costs to do so all the time is not cured by a restart.
PartFigures outbox_part(const LinkRecord& cloud, const UplinkCounts& uplink) {
  PartFigures outbox{.name = "the outbox"};
  outbox.has_work = cloud.up() && uplink.has_due;
  outbox.moved = uplink.answers + cloud.disconnects();
  outbox.work_limit = kOutboxLimit;
  return outbox;
}

}  // namespace

std::vector<PartFigures> progress_parts(const ProgressSigns& signs, const UplinkCounts& uplink,
                                        webpubsub::TimePoint now) {
  PartFigures loop{.name = "the event loop"};
  loop.has_work = true;
  loop.moved = signs.laps;
  loop.work_limit = kLoopLimit;

  PartFigures inbox{.name = "the inbox"};
  if (uplink.inbox_messages > 0) inbox.heard = now - uplink.inbox_age;
  inbox.silence_limit = kInboxLimit;

  const auto broker_silence = signs.mqtt_keep_alive + signs.mqtt_connect_timeout;
  std::vector parts{
      loop,
      inbox,
      outbox_part(*signs.cloud.record, uplink),
      library_part("the MQTT library", signs.mqtt),
      link_part("the link to the broker", signs.mqtt, broker_silence, signs.mqtt_connect_timeout),
      link_part("the link to the service", signs.cloud, 2 * signs.cloud_keep_alive,
                signs.cloud_connect_timeout)};
  // Paused, it neither is up nor attempts anything.
  if (signs.blocking) {
    const std::string of = " of rules that block";
    parts.push_back(library_part("the MQTT library" + of, *signs.blocking));
    parts.push_back(link_part("the broker's link" + of, *signs.blocking, broker_silence,
                              signs.mqtt_connect_timeout));
  }
  return parts;
}

}  // namespace gateway
