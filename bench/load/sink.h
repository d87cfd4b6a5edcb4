// The service's place in the bench: takes what a gateway sends, as fast as it can, and counts it.
//
// Just enough of json.webpubsub.azure.v1 that a client believes it: `connected`, acks for
// whatever asks for one, pongs. Nothing is checked and nothing is passed on to anyone.

#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string_view>
#include <thread>

#include "bench/load/results.h"
#include "bench/load/socket.h"
#include "bench/load/websocket_stream.h"

namespace gateway::bench {

class Sink {
 public:
  /// Listens on a free port of 127.0.0.1 and serves on a thread of its own until destroyed.
  static Result<std::unique_ptr<Sink>> start(Results& results);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::uint16_t port() const { return listener_.local_port(); }
  std::size_t connections() const noexcept { return connections_; }

 private:
  struct Client {
    Socket socket{};
    WebSocketStream stream{};
    bool upgraded = false;
  };

  Sink(Socket listener, Socket stop, Results& results);
  void serve();
  bool read_from(Client& client);  // false: the client is gone
  bool upgrade(Client& client);
  bool answer(Client& client, Opcode opcode, std::string_view payload);

  Results& results_;
  Socket listener_;
  Socket stop_;  // an eventfd
  std::list<Client> clients_{};
  std::atomic<std::size_t> connections_{0};
  std::thread thread_{};
};

}  // namespace gateway::bench
