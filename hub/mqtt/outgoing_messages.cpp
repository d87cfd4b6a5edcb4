#include "hub/mqtt/outgoing_messages.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace webpubsub::hub {

bool OutgoingMessages::add(mqtt::Publish message, TimePoint now) {
  const std::size_t size = message.payload.size();
  if (entries_.size() >= limits_.messages) return false;
  if (!entries_.empty() && bytes_ + size > limits_.bytes) return false;
  bytes_ += size;
  Entry& entry = entries_.emplace_back(Entry{.message = std::move(message)});
  if (const auto expiry = entry.message.properties.message_expiry_seconds) {
    entry.expires = now + std::chrono::seconds(*expiry);
  }
  return true;
}

/// Never twice the same while it is in flight, and there are more ids than entries.
mqtt::PacketId OutgoingMessages::unused_id() {
  const auto is_used = [this](mqtt::PacketId id) {
    const auto in_flight = entries_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
    return std::any_of(entries_.begin(), in_flight,
                       [id](const Entry& entry) { return entry.message.packet_id == id; });
  };
  do {
    ++last_id_;
  } while (last_id_ == 0 || is_used(last_id_));
  return last_id_;
}

OutgoingMessages::Entry* OutgoingMessages::first_due(TimePoint now) {
  for (std::size_t i = 0; i < in_flight_; ++i) {
    if (entries_[i].due) return &entries_[i];
  }
  while (in_flight_ < entries_.size() && in_flight_ < window_) {
    Entry& entry = entries_[in_flight_];
    if (!entry.expires || *entry.expires > now) return &entry;
    erase(entries_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
    ++expired_;
  }
  return nullptr;
}

std::optional<mqtt::Packet> OutgoingMessages::next(TimePoint now) {
  offered_ = first_due(now);
  if (offered_ == nullptr) return std::nullopt;
  if (offered_->stage == Stage::Received) {
    return mqtt::Pubrel{.packet_id = offered_->message.packet_id};
  }
  if (offered_->message.packet_id == 0) offered_->message.packet_id = unused_id();
  mqtt::Publish packet = offered_->message;
  if (offered_->expires) {  // what is left of it (5.0, 3.3.2.3.3)
    const auto left = std::chrono::ceil<std::chrono::seconds>(*offered_->expires - now);
    packet.properties.message_expiry_seconds =
        static_cast<std::uint32_t>(std::max<std::int64_t>(left.count(), 0));
  }
  return packet;
}

void OutgoingMessages::sent() {
  if (offered_ == nullptr) return;
  Entry& entry = *std::exchange(offered_, nullptr);
  entry.due = false;
  if (entry.stage != Stage::Waiting) return;
  entry.stage = Stage::Published;
  ++in_flight_;
}

OutgoingMessages::Entries::iterator OutgoingMessages::find(mqtt::PacketId id, Stage stage,
                                                           mqtt::Qos qos) {
  const auto in_flight = entries_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
  const auto found = std::find_if(entries_.begin(), in_flight, [&](const Entry& entry) {
    return entry.message.packet_id == id && entry.stage == stage && entry.message.qos == qos;
  });
  return found == in_flight ? entries_.end() : found;
}

void OutgoingMessages::erase(const Entries::iterator& entry) {
  offered_ = nullptr;
  bytes_ -= entry->message.payload.size();
  if (entry->stage != Stage::Waiting) --in_flight_;
  entries_.erase(entry);
}

bool OutgoingMessages::on_puback(mqtt::PacketId id) {
  const auto entry = find(id, Stage::Published, mqtt::Qos::AtLeastOnce);
  if (entry == entries_.end()) return false;
  erase(entry);
  return true;
}

bool OutgoingMessages::on_pubrec(mqtt::PacketId id, bool failed) {
  const auto entry = find(id, Stage::Published, mqtt::Qos::ExactlyOnce);
  if (entry == entries_.end()) return false;
  if (failed) {
    erase(entry);
    return true;
  }
  entry->stage = Stage::Received;
  entry->due = true;
  bytes_ -= entry->message.payload.size();
  entry->message.payload.clear();
  return true;
}

bool OutgoingMessages::on_pubcomp(mqtt::PacketId id) {
  const auto entry = find(id, Stage::Received, mqtt::Qos::ExactlyOnce);
  if (entry == entries_.end()) return false;
  erase(entry);
  return true;
}

void OutgoingMessages::start_over(std::uint16_t window) {
  window_ = window;
  offered_ = nullptr;
  for (std::size_t i = 0; i < in_flight_; ++i) {
    entries_[i].due = true;
    entries_[i].message.duplicate = entries_[i].stage == Stage::Published;
  }
}

}  // namespace webpubsub::hub
