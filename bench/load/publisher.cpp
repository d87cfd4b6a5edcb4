#include "bench/load/publisher.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <sys/socket.h>

namespace gateway::bench {
namespace {

// Short enough to look continuous, long enough that sleeping does not become the load.
constexpr std::int64_t kSlotNs = 200'000;
constexpr std::uint64_t kBurst = 64;  // readings per write at full speed
constexpr std::int64_t kGiveUpNs = 1'000'000'000;

void sleep_until(std::int64_t when_ns) {
  std::this_thread::sleep_until(
      std::chrono::steady_clock::time_point(std::chrono::nanoseconds(when_ns)));
}

// MQTT 3.1.1, 3.1: clean session, no keep alive.
std::string connect_packet() {
  constexpr std::string_view kClientId = "bench-devices";
  std::string packet{'\x10', static_cast<char>(12 + kClientId.size()), 0, 4, 'M', 'Q', 'T', 'T'};
  packet += {'\x04', '\x02', 0, 0, 0, static_cast<char>(kClientId.size())};
  return packet.append(kClientId);
}

}  // namespace

Result<Publisher> Publisher::connect(const PublisherOptions& options) {
  auto socket = Socket::connect_to_loopback(options.broker_port);
  if (!socket) return socket.error();
  if (auto sent = socket->send_all(connect_packet()); !sent) return sent.error();
  std::array<char, 4> connack{};
  if (::recv(socket->fd(), connack.data(), connack.size(), MSG_WAITALL) != 4 || connack[3] != 0) {
    return Error{.code = Errc::Unauthorized, .message = "the broker refused the connection"};
  }
  std::vector<ReadingPacket> packets;
  for (std::size_t device = 0; device < options.devices; ++device) {
    const auto name = "d" + std::to_string(device);
    const auto site = "s" + std::to_string(device % options.sites);
    std::string topic = "sensors/";
    topic.append(site).append("/").append(name).append("/telemetry");
    packets.emplace_back(topic, name, options.payload_bytes, options.qos);
  }
  return Publisher(std::move(socket).value(), std::move(packets));
}

Result<void> Publisher::publish_paced(double per_second, const std::atomic<bool>& stop) {
  const auto started = monotonic_ns();
  std::uint64_t published = 0;
  for (auto slot = started; !stop; slot += kSlotNs) {
    sleep_until(slot);
    // By the clock, not by the slot: after a late wake-up the rate is made good.
    const auto elapsed = static_cast<double>(monotonic_ns() - started) / 1e9;
    const auto due = static_cast<std::uint64_t>(elapsed * per_second) + 1;
    if (due == published) continue;
    if (auto sent = publish(due - published); !sent) return sent;
    published = due;
  }
  return {};
}

Result<void> Publisher::publish_windowed(std::uint64_t window,
                                         const std::function<std::uint64_t()>& delivered,
                                         const std::atomic<bool>& stop) {
  std::uint64_t published = 0;
  std::uint64_t lost = 0;
  std::uint64_t arrived = 0;
  auto progress = monotonic_ns();
  while (!stop) {
    const auto now = monotonic_ns();
    if (const auto count = delivered(); count != arrived) {
      arrived = count;
      progress = now;
    }
    const auto on_their_way = published - std::min(published, arrived + lost);
    if (on_their_way + kBurst <= window) {
      if (auto sent = publish(kBurst); !sent) return sent;
      published += kBurst;
    } else if (now - progress > kGiveUpNs) {
      lost += on_their_way;
      progress = now;
    } else {
      sleep_until(now + kSlotNs);
    }
  }
  return {};
}

/// The broker's acknowledgements: it says nothing else.
void Publisher::discard_answers() {
  std::array<char, 4096> answers{};
  while (::recv(socket_.fd(), answers.data(), answers.size(), MSG_DONTWAIT) > 0) {
  }
}

Result<void> Publisher::publish(std::uint64_t count) {
  discard_answers();
  buffer_.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& packet = packets_[sequence_ % packets_.size()];
    packet.stamp({.sent_ns = monotonic_ns(), .sequence = sequence_});
    ++sequence_;
    buffer_.append(packet.bytes());
  }
  return socket_.send_all(buffer_);
}

}  // namespace gateway::bench
