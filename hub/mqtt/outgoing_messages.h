// Messages of QoS 1 and 2 on their way to one client, kept until the client has them.
//
// In order; as many in flight as the client takes, the rest waits. Survives the socket: a client
// that comes back gets again what it has not confirmed (MQTT 5.0, 4.4).

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

class OutgoingMessages {
 public:
  struct Limits {
    std::size_t messages = 0;
    std::size_t bytes = 0;  // of payloads
  };
  explicit OutgoingMessages(Limits limits) : limits_(limits) {}

  /// `message` has QoS 1 or 2; its packet id is chosen here. False when there is no room.
  [[nodiscard]] bool add(mqtt::Publish message, TimePoint now);

  /// The next packet for the client, a PUBLISH or a PUBREL; nothing while everything is in flight
  /// or the window is full. Messages that expired before their turn are dropped.
  std::optional<mqtt::Packet> next(TimePoint now);
  /// The socket took what next() gave.
  void sent();

  // The client's answers. False for an id that is not in flight in that way.
  bool on_puback(mqtt::PacketId id);
  /// True: a PUBREL is due, which next() gives. A failure ends the message (5.0, 4.3.3).
  bool on_pubrec(mqtt::PacketId id, bool failed);
  bool on_pubcomp(mqtt::PacketId id);

  /// The client is there again and takes `window` messages at a time.
  void start_over(std::uint16_t window);

  std::size_t size() const noexcept { return entries_.size(); }
  std::uint64_t expired() const noexcept { return expired_; }

 private:
  enum class Stage : std::uint8_t { Waiting, Published, Received };  // Received: PUBREC has come
  struct Entry {
    mqtt::Publish message{};
    std::optional<TimePoint> expires{};
    Stage stage = Stage::Waiting;
    bool due = true;  // something is to be sent
  };
  using Entries = std::deque<Entry>;

  Entries::iterator find(mqtt::PacketId id, Stage stage, mqtt::Qos qos);
  Entry* first_due(TimePoint now);
  void erase(const Entries::iterator& entry);
  mqtt::PacketId unused_id();

  Limits limits_;
  Entries entries_;  // those in flight are in front
  std::size_t bytes_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t window_ = 1;
  mqtt::PacketId last_id_ = 0;
  Entry* offered_ = nullptr;  // by next()
  std::uint64_t expired_ = 0;
};

}  // namespace webpubsub::hub
