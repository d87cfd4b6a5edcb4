// What TLS needs to know, for both sides.

#pragma once

#include <string>

namespace webpubsub::net {

/// The client side. The chain and the host name are always verified; there is no way to turn that
/// off.
struct TlsClientOptions {
  std::string ca_file{};           // PEM; empty: the system's certificate store
  std::string certificate_file{};  // PEM chain of our own, for mutual TLS; empty: none
  std::string key_file{};          // PEM; required with certificate_file
};

/// The server side: empty files mean plain text.
struct TlsServerOptions {
  std::string certificate_file{};  // PEM chain
  std::string key_file{};          // PEM
  bool enabled() const noexcept { return !certificate_file.empty(); }
};

}  // namespace webpubsub::net
