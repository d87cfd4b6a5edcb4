// Many clients of one hub, and one that publishes to their groups: what bench/hub.mjs asks for
// load.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/load/socket.h"
#include "bench/load/websocket_stream.h"

namespace gateway::bench {

struct CrowdOptions {
  std::uint16_t port = 0;
  std::string target{};  // path and query of every client
  std::size_t clients = 2000;
  std::size_t groups = 200;
};

struct CrowdRun {
  std::uint64_t sent = 0;
  std::uint64_t expected = 0;  // deliveries
  std::uint64_t delivered = 0;
  std::uint64_t closed = 0;  // clients that the hub gave up
  double seconds = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
};

class Crowd {
 public:
  explicit Crowd(CrowdOptions options);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Connects everybody and joins each to its group, one after the other.
  Result<void> connect();
  /// Publishes `per_second` messages a second, to one group after the other, and waits until all
  /// of them have arrived, or five seconds.
  Result<CrowdRun> run(std::uint64_t per_second, double seconds);

 private:
  struct Client {
    Socket socket{};
    WebSocketStream stream{};
    std::size_t messages = 0;
  };

  Result<void> open(Client& client, std::string_view hello, std::size_t answers);
  Result<void> publish(std::size_t group);
  void receive(int timeout_ms);
  void read(Client& client);

  CrowdOptions options_;
  int epoll_ = -1;
  std::vector<Client> clients_;  // the last one publishes
  std::string frame_{};
  std::vector<std::uint32_t> latencies_us_{};
  std::uint64_t delivered_ = 0;
  std::uint64_t closed_ = 0;
};

}  // namespace gateway::bench
