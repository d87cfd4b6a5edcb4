// Certificates for tests, made on the spot.

#pragma once

#include <memory>
#include <string>

#include "tests/support/temp_folder.h"

namespace gateway::support {

/// A certification authority of its own.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& ca_file() const { return ca_file_; }

  struct Pair {
    std::string certificate_file{};
    std::string key_file{};
  };
  /// A certificate for `names`, such as "DNS:localhost,IP:127.0.0.1", for servers and clients.
  /// `days` may be negative: expired.
  Pair issue(const std::string& names, int days = 1);

 private:
  struct Keys;
  TempFolder folder_{};
  std::string ca_file_;
  std::unique_ptr<Keys> keys_;
  int issued_ = 0;
};

}  // namespace gateway::support
