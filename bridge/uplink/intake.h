// The door from the MQTT thread into the uplink: match, copy, return.
//
// Messages lie back to back in one buffer that changes places with the loop's, so nothing is
// allocated per message. The loop is woken on the edge from empty to non-empty, and only while it
// asks for it: under load it comes by itself.
//
// Messages of durable rules are on disk when on_message() returns, and only then does the broker
// hear that we have them. While the disk takes nothing they go through memory like all others.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "bridge/mqtt/engine.h"
#include "bridge/rules/route_table.h"
#include "bridge/store/spool_queue.h"
#include "bridge/uplink/reading.h"

namespace gateway {

struct IntakeCounts {
  std::uint64_t received = 0;
  std::uint64_t too_large = 0;
  std::uint64_t full = 0;
  std::uint64_t waiting = 0;  // in the buffer now
};

class Intake final : public MqttReceiver {
 public:
  struct Limits {
    std::size_t max_bytes =
        16 * 1024 * 1024;  // that wait or are drained; then messages are refused
    std::size_t max_payload = 1024 * 1024;
    std::size_t high_water = 256 * 1024;  // wakes the loop even when it did not ask
  };

  /// What `routes` answers is less than `rules`. `wake` runs on the MQTT thread.
  Intake(RouteTable routes, std::size_t rules, Limits limits, std::function<void()> wake);

  MqttTaken on_message(const MqttMessage& message) noexcept override;  // MQTT thread

  /// Drains what was routed so far, and routes what comes from that moment on by these. `queues`:
  /// where the messages of each rule are stored, by number; nullptr, or none: in memory. `links`:
  /// which link's messages are a rule's, by number; none: the common one's.
  void set_routes(RouteTable routes, std::size_t rules, std::vector<SpoolQueue*> queues,
                  const std::function<void(const Reading&)>& take,
                  std::vector<MqttLinkKind> links = {});
  /// The same routes with other queues.
  void set_queues(std::vector<SpoolQueue*> queues);
  void set_links(std::vector<MqttLinkKind> links);
  void set_max_bytes(std::size_t max_bytes);
  /// Starts the counts of a rule over and gives what they were.
  IntakeCounts take_counts(std::uint32_t rule);

  /// Gives `take` everything that waits, oldest first, each valid during its call. Loop thread,
  /// like all below.
  void drain(const std::function<void(const Reading&)>& take);
  /// Whether drain_noted() has something to tell.
  void note_stored(bool on);
  /// Gives `take` the topics of what was stored since, each once: their devices are there, however
  /// long it stays on disk.
  void drain_noted(const std::function<void(std::uint32_t rule, std::string_view topic)>& take);
  /// Asks to be woken for the next message. False when some wait already: drain again.
  [[nodiscard]] bool arm();

  std::vector<IntakeCounts> counts() const;
  std::uint64_t messages() const;
  std::uint64_t unmatched() const;  ///< Of them, those that belong to no rule.
  std::size_t bytes() const;
  /// When the oldest message that waits arrived; nothing when none does.
  std::optional<webpubsub::TimePoint> oldest() const;

 private:
  struct Header;
  struct Table {
    RouteTable routes;
    std::vector<SpoolQueue*> queues;  // by rule
    std::vector<MqttLinkKind> links;  // by rule
    bool durable = false;             // has any queue, or needs one
    bool blocking = false;            // some rule has another link than the common one

    SpoolQueue* queue(std::uint32_t rule) const {
      return rule < queues.size() ? queues[rule] : nullptr;
    }
    MqttLinkKind link(std::uint32_t rule) const {
      return rule < links.size() ? links[rule] : MqttLinkKind::Common;
    }
  };
  static std::shared_ptr<const Table> make_table(RouteTable routes, std::vector<SpoolQueue*> queues,
                                                 std::vector<MqttLinkKind> links);
  void match(const MqttMessage& message);
  bool store(const MqttMessage& message, std::int64_t time);
  bool is_stored(std::uint32_t rule) const;
  void note(std::string_view topic);
  void give(webpubsub::TimePoint arrived, const std::function<void(const Reading&)>& take) const;
  void empty_draining();
  webpubsub::TimePoint swap_buffers();
  void append(std::uint32_t rule, std::int64_t time, const MqttMessage& message);

  const std::function<void()> wake_;
  // MQTT thread's own: matching needs no lock, as long as the table is still the current one.
  std::shared_ptr<const Table> matching_;
  std::vector<std::uint32_t> matched_;
  std::vector<const SpoolQueue*> stored_;  // those that have the message at hand, or refused it
  MqttTaken taken_ = MqttTaken::Yes;       // of the message at hand
  std::vector<char> draining_;             // loop's own

  mutable std::mutex mutex_;
  Limits limits_;
  std::shared_ptr<const Table> routes_;
  std::vector<char> buffer_;
  webpubsub::TimePoint burst_began_{};  // when buffer_ stopped being empty
  std::vector<IntakeCounts> counts_;    // by rule
  std::uint64_t messages_ = 0;
  std::uint64_t unmatched_ = 0;
  std::size_t draining_bytes_ = 0;
  bool armed_ = false;
  bool stored_any_ = false;  // since the latest drain()
  bool notes_ = false;
  std::unordered_set<std::string> noted_{};  // behind each rule's number, in four bytes
  std::string noted_key_{};                  // kept for its memory
};

}  // namespace gateway
