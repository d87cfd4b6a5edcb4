#include "bench/hub/crowd.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway::bench {
namespace {

constexpr std::size_t kRead = 64 * 1024;
constexpr std::size_t kPayload = 256;  // bytes of JSON in each message
constexpr auto kSlot = std::chrono::microseconds(1000);
constexpr auto kPatience = std::chrono::seconds(5);
constexpr std::string_view kTime = "\"t\":\"";
constexpr std::size_t kTimeDigits = 19;

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// A client's text frame. Masked with zeros, which the standard leaves to the client.
void append_frame(std::string& out, std::string_view payload) {
  out += '\x81';
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += '\xFE';
    out += static_cast<char>(payload.size() >> 8U);
    out += static_cast<char>(payload.size() & 0xFFU);
  }
  out.append(4, '\0');
  out += payload;
}

std::string digits(std::int64_t number) {
  std::string text = std::to_string(number);
  return std::string(kTimeDigits - text.size(), '0') + text;
}

}  // namespace

Crowd::Crowd(CrowdOptions options) : options_(std::move(options)), epoll_(::epoll_create1(0)) {}

Crowd::~Crowd() { ::close(epoll_); }

Result<void> Crowd::open(Client& client, std::string_view hello, std::size_t answers) {
  auto socket = Socket::connect_to_loopback(options_.port);
  if (!socket) return socket.error();
  client.socket = std::move(*socket);
  const std::string request =
      "GET " + options_.target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options_.port) +
      "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: json.webpubsub.azure.v1\r\n\r\n";
  if (auto sent = client.socket.send_all(request); !sent) return sent;
  bool upgraded = false;
  while (client.messages < answers) {
    const ssize_t count = ::recv(client.socket.fd(), client.stream.room_for(kRead), kRead, 0);
    if (count <= 0) return Error{Errc::Io, "the hub closed the connection"};
    client.stream.received(static_cast<std::size_t>(count));
    if (!upgraded) {
      const std::size_t end = client.stream.pending().find("\r\n\r\n");
      if (end == std::string_view::npos) continue;
      if (!client.stream.pending().starts_with("HTTP/1.1 101")) {
        return Error{Errc::Protocol, std::string(client.stream.pending().substr(0, 200))};
      }
      client.stream.take(end + 4);
      upgraded = true;
      if (auto sent = client.socket.send_all(hello); !sent) return sent;
    }
    client.stream.take_messages([&](Opcode, std::string_view) { ++client.messages; });
  }
  ::fcntl(client.socket.fd(), F_SETFL, O_NONBLOCK);
  return {};
}

Result<void> Crowd::connect() {
  clients_ = std::vector<Client>(options_.clients + 1);
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const bool publishes = i == options_.clients;
    std::string hello;
    if (!publishes) {
      append_frame(hello, R"({"type":"joinGroup","group":"g)" +
                              std::to_string(i % options_.groups) + R"(","ackId":1})");
    }
    // "connected", and the ack of the join
    if (auto opened = open(clients_[i], hello, publishes ? 1 : 2); !opened) return opened;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_[i].socket.fd(), &event);
  }
  return {};
}

Result<void> Crowd::publish(std::size_t group) {
  std::string message = R"({"type":"sendToGroup","group":"g)" + std::to_string(group) +
                        R"(","dataType":"json","data":{)";
  message.append(kTime).append(digits(now_ns())).append(R"(","p":")");
  message.append(kPayload - kTimeDigits - 16, 'x').append("\"}}");
  frame_.clear();
  append_frame(frame_, message);
  // Blocks while the hub does not read, which is a hub that cannot keep up.
  Client& publisher = clients_.back();
  ::fcntl(publisher.socket.fd(), F_SETFL, 0);
  auto sent = publisher.socket.send_all(frame_);
  ::fcntl(publisher.socket.fd(), F_SETFL, O_NONBLOCK);
  return sent;
}

void Crowd::read(Client& client) {
  while (true) {
    const ssize_t count = ::recv(client.socket.fd(), client.stream.room_for(kRead), kRead, 0);
    if (count < 0) break;
    if (count == 0) {
      ++closed_;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client.socket.fd(), nullptr);
      return;
    }
    client.stream.received(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < kRead) break;
  }
  const std::int64_t now = now_ns();
  client.stream.take_messages([&](Opcode opcode, std::string_view payload) {
    if (opcode == Opcode::Ping) {  // or the hub takes us for dead
      constexpr std::string_view kPong("\x8A\x80\0\0\0\0", 6);
      [[maybe_unused]] const auto sent =
          ::send(client.socket.fd(), kPong.data(), kPong.size(), MSG_NOSIGNAL);
      return;
    }
    const std::size_t at = payload.find(kTime);
    if (opcode != Opcode::Text || at == std::string_view::npos) return;
    const std::string_view text = payload.substr(at + kTime.size(), kTimeDigits);
    std::int64_t stamped = 0;
    std::from_chars(text.data(), text.data() + text.size(), stamped);
    latencies_us_.push_back(static_cast<std::uint32_t>((now - stamped) / 1000));
    ++delivered_;
  });
}

void Crowd::receive(int timeout_ms) {
  std::array<epoll_event, 256> events{};
  const int count =
      ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) read(clients_[events.at(static_cast<std::size_t>(i)).data.u64]);
}

Result<CrowdRun> Crowd::run(std::uint64_t per_second, double seconds) {
  latencies_us_.clear();
  delivered_ = 0;
  CrowdRun run;
  const auto members = [this](std::size_t group) {
    return options_.clients / options_.groups +
           (group < options_.clients % options_.groups ? 1 : 0);
  };
  const auto start = std::chrono::steady_clock::now();
  const auto total = static_cast<std::uint64_t>(static_cast<double>(per_second) * seconds);
  while (run.sent < total) {
    const auto passed = std::chrono::steady_clock::now() - start;
    const auto slot = passed / kSlot + 1;
    const auto due = std::min(total, static_cast<std::uint64_t>(slot) * per_second / 1000);
    while (run.sent < due) {
      const std::size_t group = run.sent % options_.groups;
      if (auto sent = publish(group); !sent) return sent.error();
      run.expected += members(group);
      ++run.sent;
    }
    receive(1);
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (delivered_ < run.expected && std::chrono::steady_clock::now() < end) receive(10);
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.delivered = delivered_;
  run.closed = closed_;
  if (latencies_us_.empty()) return run;
  std::sort(latencies_us_.begin(), latencies_us_.end());
  const auto at = [this](std::size_t percent) {
    return latencies_us_[std::min(latencies_us_.size() * percent / 100, latencies_us_.size() - 1)] /
           1000.0;
  };
  run.p50_ms = at(50);
  run.p99_ms = at(99);
  run.max_ms = latencies_us_.back() / 1000.0;
  return run;
}

}  // namespace gateway::bench
