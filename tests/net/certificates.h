// Certificates made on the spot, so that none in the tree ever expires.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace webpubsub::net::testing {

/// A temporary folder with a certificate authority in it; gone with the object.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  std::string ca_file() const { return file("ca.pem"); }
  /// Writes NAME.pem and NAME.key, signed by the authority, for the subject alternative names
  /// `names` such as "DNS:localhost,IP:127.0.0.1". `days` may be negative: expired.
  void issue(const std::string& name, const std::string& names, int days = 1) const;
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  struct Keys;
  std::filesystem::path folder_;
  std::unique_ptr<Keys> ca_;
};

}  // namespace webpubsub::net::testing
