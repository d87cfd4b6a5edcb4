// A private mosquitto: its own port, its own folder, gone with the object.

#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "tests/support/temp_folder.h"

namespace gateway::support {

class Mosquitto {
 public:
  /// Starts a broker and waits until it accepts. `config` goes into its configuration; who wants
  /// TLS gives "cafile", "certfile" and "keyfile" lines. Aborts when there is no mosquitto.
  explicit Mosquitto(const std::string& config = "allow_anonymous true\n");
  ~Mosquitto();
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

  /// Starts it again on the same port, its configuration replaced by `config` unless empty.
  void start(const std::string& config = "");
  void stop();    ///< Asks it to end and waits until it has.
  void kill();    ///< SIGKILL: it says nothing to anybody.
  void freeze();  ///< Its sockets stay open and nothing answers.
  void thaw();

  /// Where the package put one of mosquitto's plugins, such as "mosquitto_dynamic_security.so".
  static std::string plugin(const std::string& name);

 private:
  bool try_start();
  void signal_and_wait(int signal);

  TempFolder folder_{};
  std::string config_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace gateway::support
