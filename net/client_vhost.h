// The lws vhosts clients connect through: one for each set of certificates and each proxy.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/event_loop.h"
#include "net/lws_glue.h"
#include "net/tls_options.h"

namespace webpubsub::net {

/// Held by every connection made through it; goes with the last one.
class ClientVhost {
 public:
  ClientVhost(EventLoop& loop, lws_vhost* vhost, SSL_CTX* tls)
      : loop_(loop), vhost_(vhost), tls_(tls) {}
  ~ClientVhost();
  ClientVhost(const ClientVhost&) = delete;
  ClientVhost& operator=(const ClientVhost&) = delete;
  lws_vhost* get() const noexcept { return vhost_; }

 private:
  EventLoop& loop_;
  lws_vhost* vhost_;
  SSL_CTX* tls_;  // null: plain text
};

class ClientVhosts {
 public:
  explicit ClientVhosts(EventLoop& loop) : loop_(loop) {}

  /// A vhost for these options. Files are read again once they changed on disk, so that replaced
  /// certificates are used by the next connection.
  /// Errors: Io or InvalidArgument for certificate files that cannot be used.
  Result<std::shared_ptr<ClientVhost>> get(bool tls, const TlsClientOptions& options,
                                           const std::string& proxy);

 private:
  struct Cached {
    std::string key{};
    std::string stamp{};  // of the files
    std::shared_ptr<ClientVhost> vhost{};
  };
  Result<std::shared_ptr<ClientVhost>> create(bool tls, const TlsClientOptions& options);

  EventLoop& loop_;
  std::vector<Cached> cached_;
  std::uint64_t created_ = 0;
};

/// The newest complaint of OpenSSL on this thread, in words.
std::string tls_error_text();

}  // namespace webpubsub::net
