// An HTTPS server that lets in only whoever shows a certificate of its authority.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/sockets.h"

namespace gateway::support {

class MutualTlsServer {
 public:
  /// Answers each request with `body`, on a thread of its own.
  MutualTlsServer(TestAuthority& authority, std::string body);
  ~MutualTlsServer();
  MutualTlsServer(const MutualTlsServer&) = delete;
  MutualTlsServer& operator=(const MutualTlsServer&) = delete;

  std::string url() const { return "https://localhost:" + std::to_string(port_) + "/"; }
  /// The subjects of the certificates shown so far, "CN=..." each, one for each request.
  std::vector<std::string> subjects() const;

 private:
  struct Context;
  void run();
  void serve(const Socket& client);

  const std::string body_;
  std::unique_ptr<Context> context_;
  Socket listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_{};
  std::vector<std::string> subjects_{};  // under mutex_
  std::thread thread_{};
};

}  // namespace gateway::support
