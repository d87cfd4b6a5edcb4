#include "bench/load/sink.h"

#include <cerrno>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace gateway::bench {
namespace {

constexpr std::size_t kReadSize = 256 * 1024;
constexpr std::string_view kConnected =
    R"({"type":"system","event":"connected","userId":"gateway","connectionId":"bench"})";

// The digits of "ackId". Looked for at both ends of a message only: it stands beside the payload.
std::string_view ack_id(std::string_view message) {
  constexpr std::string_view kKey = R"("ackId":)";
  constexpr std::size_t kEnds = 200;
  auto found = message.substr(0, kEnds).find(kKey);
  if (found == message.npos) found = message.rfind(kKey);
  if (found == message.npos || (found > kEnds && message.size() - found > kEnds)) return {};
  auto digits = message.substr(found + kKey.size());
  return digits.substr(0, digits.find_first_not_of("0123456789"));
}

}  // namespace

Result<std::unique_ptr<Sink>> Sink::start(Results& results) {
  auto listener = Socket::listen_on_loopback(0);
  if (!listener) return listener.error();
  Socket stop(eventfd(0, EFD_CLOEXEC));
  if (stop.fd() < 0) return system_error("eventfd");
  return std::unique_ptr<Sink>(new Sink(std::move(listener).value(), std::move(stop), results));
}

Sink::Sink(Socket listener, Socket stop, Results& results)
    : results_(results), listener_(std::move(listener)), stop_(std::move(stop)) {
  thread_ = std::thread([this] { serve(); });
}

Sink::~Sink() {
  eventfd_write(stop_.fd(), 1);
  thread_.join();
}

void Sink::serve() {
  std::vector<pollfd> watched;
  for (;;) {
    watched = {{stop_.fd(), POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
    for (const auto& client : clients_) watched.push_back({client.socket.fd(), POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    auto client = clients_.begin();
    for (std::size_t i = 2; i < watched.size(); ++i) {
      const bool gone = watched[i].revents != 0 && !read_from(*client);
      client = gone ? clients_.erase(client) : std::next(client);
    }
    if (watched[1].revents != 0) {
      Socket accepted(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      if (accepted.fd() >= 0) clients_.push_back({.socket = std::move(accepted)});
    }
    connections_ = clients_.size();
  }
}

bool Sink::read_from(Client& client) {
  const auto size = ::recv(client.socket.fd(), client.stream.room_for(kReadSize), kReadSize, 0);
  if (size <= 0) return false;
  const auto now = monotonic_ns();
  client.stream.received(static_cast<std::size_t>(size));
  if (!client.upgraded && !upgrade(client)) return false;
  if (!client.upgraded) return true;

  bool alive = true;
  client.stream.take_messages([&](Opcode opcode, std::string_view payload) {
    if (opcode == Opcode::Text || opcode == Opcode::Binary) results_.count_message(payload, now);
    alive = answer(client, opcode, payload) && alive;
  });
  return alive;
}

bool Sink::upgrade(Client& client) {
  const auto request = client.stream.pending();
  const auto end = request.find("\r\n\r\n");
  if (end == request.npos) return true;
  const auto answer = upgrade_answer(request.substr(0, end + 2));
  if (!answer) return false;
  client.stream.take(end + 4);
  client.upgraded = true;
  return client.socket.send_all(*answer + server_frame(Opcode::Text, kConnected)).has_value();
}

bool Sink::answer(Client& client, Opcode opcode, std::string_view payload) {
  const auto send = [&](Opcode kind, std::string_view text) {
    return client.socket.send_all(server_frame(kind, text)).has_value();
  };
  if (opcode == Opcode::Ping) return send(Opcode::Pong, payload);
  if (opcode == Opcode::Close) {
    static_cast<void>(send(Opcode::Close, payload));  // the answer; then the connection ends
    return false;
  }
  if (opcode != Opcode::Text) return true;
  if (payload == R"({"type":"ping"})") return send(Opcode::Text, R"({"type":"pong"})");
  const auto id = ack_id(payload);
  if (id.empty()) return true;
  return send(Opcode::Text, R"({"type":"ack","ackId":)" + std::string(id) + R"(,"success":true})");
}

}  // namespace gateway::bench
