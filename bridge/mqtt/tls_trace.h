// Why a TLS handshake failed. Paho reports any failure as -1 and tells the reason only in its
// trace, so we listen to that while a connection is being made.

#pragma once

#include <string>

namespace gateway {

/// Silences Paho's trace, which costs 2 us a message even when nobody reads it. Before the first
/// client is made.
void silence_paho();

/// Listens while it lives. The trace belongs to the process: two of them at a time would hear each
/// other's handshakes. On one thread, while callbacks come from others.
class TlsTrace {
 public:
  TlsTrace();
  ~TlsTrace();
  TlsTrace(const TlsTrace&) = delete;
  TlsTrace& operator=(const TlsTrace&) = delete;

  /// The reason heard last, in words; empty when none was.
  std::string reason() const;
};

}  // namespace gateway
