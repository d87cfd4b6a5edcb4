// A mosquitto of our own for the demo: on loopback, without files that stay.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace gateway {

class PrivateBroker {
 public:
  /// Starts one and waits until it accepts connections. It ends with this object, and with this
  /// process however that ends.
  /// Errors: NotFound when mosquitto is not installed; Timeout; Io.
  static webpubsub::Result<std::unique_ptr<PrivateBroker>> start();
  ~PrivateBroker();
  PrivateBroker(const PrivateBroker&) = delete;
  PrivateBroker& operator=(const PrivateBroker&) = delete;

  std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

 private:
  PrivateBroker(pid_t process, std::uint16_t port, std::filesystem::path folder)
      : process_(process), port_(port), folder_(std::move(folder)) {}
  webpubsub::Result<void> wait_until_it_accepts() const;

  pid_t process_;
  std::uint16_t port_;
  std::filesystem::path folder_;
};

}  // namespace gateway
