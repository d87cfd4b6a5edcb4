// A broker that does what a real one would not do on demand: it leaves publications, or all that is
// asked, unanswered, and has a next message for its one subscriber at every moment.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <poll.h>
#include <sys/socket.h>

#include "tests/support/sockets.h"

namespace gateway {

/// Speaks as much MQTT 3.1.1 as one client needs.
class ScriptedBroker {
 public:
  explicit ScriptedBroker(bool answers) : answers_(answers), thread_([this] { run(); }) {}
  ~ScriptedBroker() {
    ending_ = true;
    thread_.join();
  }
  ScriptedBroker(const ScriptedBroker&) = delete;
  ScriptedBroker& operator=(const ScriptedBroker&) = delete;

  std::string url() const {
    return "mqtt://127.0.0.1:" + std::to_string(support::port_of(listener_));
  }

  /// Numbers of the messages that the client says it has.
  std::set<int> acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  /// From now on only pings are answered.
  void fall_silent() { silent_ = true; }
  void speak() { silent_ = false; }
  unsigned requests() const { return requests_; }  ///< To give up a subscription.

  bool saw_disconnect() const { return saw_disconnect_; }
  unsigned publications() const { return publications_; }

 private:
  enum Packet : std::uint8_t {
    Connect = 1,
    Publish = 3,
    PubAck = 4,
    Subscribe = 8,
    Unsubscribe = 10,
    Ping = 12,
    Disconnect = 14
  };
  static constexpr int kUnderWay = 10;

  void run() {
    while (!ending_) {
      pollfd ready{client_.valid() ? client_.fd() : listener_.fd(), POLLIN, 0};
      if (poll(&ready, 1, 10) <= 0) continue;
      if (!client_.valid()) {
        client_ = support::Socket(accept(listener_.fd(), nullptr, nullptr));
      } else if (!read_some()) {
        client_ = support::Socket();
      }
    }
  }

  bool read_some() {
    char bytes[4096];
    const auto count = recv(client_.fd(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(count));
    // All that a client says here is shorter than 128 bytes.
    while (received_.size() >= 2 && received_.size() >= 2U + byte(1)) {
      const std::string packet = received_.substr(0, 2U + byte(1));
      received_.erase(0, packet.size());
      handle(packet);
    }
    return true;
  }

  std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(received_[at]); }

  void handle(const std::string& packet) {
    switch (static_cast<std::uint8_t>(packet[0]) >> 4U) {
      case Connect:
        return send({'\x20', 2, 0, 0});
      case Subscribe:
        send({'\x90', 3, packet[2], packet[3], 1});
        for (int i = 0; i < kUnderWay; ++i) send_next();
        return;
      case Publish: {
        ++publications_;
        const auto topic = static_cast<std::size_t>(packet[3]);
        if (answers_ && !silent_) send({'\x40', 2, packet[4 + topic], packet[5 + topic]});
        return;
      }
      case PubAck: {
        const std::lock_guard lock(mutex_);
        acknowledged_.insert(under_way_[packet[3]]);
        if (!silent_) send_next();
        return;
      }
      case Unsubscribe:
        ++requests_;
        if (!silent_) send({'\xB0', 2, packet[2], packet[3]});
        return;
      case Ping:
        return send({'\xD0', 0});
      case Disconnect:
        saw_disconnect_ = true;
        return;
      default:
        return;
    }
  }

  /// A message at QoS 1 with its number, under a packet identifier that is free.
  void send_next() {
    const char id = static_cast<char>(1 + sent_ % kUnderWay);
    under_way_[id] = sent_;
    const auto number = std::to_string(sent_++);
    send(std::string{'\x32', static_cast<char>(5 + number.size()), 0, 1, 't', 0, id} + number);
  }

  void send(const std::string& packet) {
    // A client that is gone is noticed when it is read from.
    static_cast<void>(::send(client_.fd(), packet.data(), packet.size(), MSG_NOSIGNAL));
  }

  const bool answers_;
  support::Socket listener_ = support::listen_on();
  support::Socket client_{};
  std::string received_{};
  std::map<char, int> under_way_{};  // by packet identifier
  int sent_ = 0;
  mutable std::mutex mutex_{};
  std::set<int> acknowledged_{};
  std::atomic<bool> saw_disconnect_{false};
  std::atomic<unsigned> publications_{0};
  std::atomic<unsigned> requests_{0};
  std::atomic<bool> silent_{false};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace gateway
