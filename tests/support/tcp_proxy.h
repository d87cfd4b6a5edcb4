// A wire that can be cut: forwards connections to a port and misbehaves on demand.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/sockets.h"

namespace gateway::support {

class TcpProxy {
 public:
  /// Looks at the first bytes of each connection. Nothing: forward it. Otherwise they are answered
  /// with what it returns, and the connection is closed.
  using Doorman = std::function<std::optional<std::string>(std::string_view first)>;

  explicit TcpProxy(std::uint16_t target, Doorman doorman = {});
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::uint16_t port() const { return port_; }

  void cut();  ///< Resets every connection and refuses new ones until mend().
  /// The same once `bytes` more have passed, in the middle of what is being said.
  void cut_after(std::size_t bytes);
  void mend();          ///< Accepts again.
  void stall(bool on);  ///< On: connections stay open and nothing gets through, either way.
  /// Says `bytes` to every client, as if the server had.
  void inject(const std::string& bytes);
  unsigned accepted() const { return accepted_; }  ///< Connections so far.

 private:
  struct Pipe {
    Socket client{};
    Socket server{};  // invalid until the first bytes were looked at
  };
  void run();
  void accept_one();
  bool serve(Pipe& pipe, bool client_ready, bool server_ready);
  bool open(Pipe& pipe, std::string_view first);
  std::string_view truncated(std::string_view bytes);
  void wake();

  const std::uint16_t target_;
  const Doorman doorman_;
  Socket listener_;
  std::uint16_t port_ = 0;
  Socket wake_read_{};
  Socket wake_write_{};
  std::atomic<bool> ending_{false};
  std::atomic<bool> stalled_{false};
  std::atomic<bool> cut_{false};
  std::atomic<std::ptrdiff_t> allowed_{-1};  // bytes until a cut; negative: none is planned
  std::atomic<unsigned> accepted_{0};
  std::mutex mutex_{};
  std::string injected_{};   // under mutex_
  std::list<Pipe> pipes_{};  // the thread's
  std::thread thread_{};
};

/// The doormen of brokers that do not speak MQTT 5: one says so in a CONNACK of MQTT 3.1.1
/// (3.2.2.3, code 1), one just hangs up.
TcpProxy::Doorman refuse_mqtt5();
TcpProxy::Doorman hang_up_on_mqtt5();

}  // namespace gateway::support
