#include "net/client_vhost.h"

#include <algorithm>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "net/event_loop_impl.h"

namespace webpubsub::net {

namespace {

constexpr std::size_t kMaxCached = 16;

struct FreeTls {
  void operator()(SSL_CTX* tls) const noexcept { SSL_CTX_free(tls); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;

void add_stamp(std::string& stamp, const std::string& file) {
  struct stat status {};
  if (file.empty() || ::stat(file.c_str(), &status) != 0) {
    stamp += "-;";
    return;
  }
  stamp += std::to_string(status.st_ino) + ":" + std::to_string(status.st_size) + ":" +
           std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) +
           ";";
}

Error file_error(const char* what, const std::string& file) {
  return Error{Errc::InvalidArgument,
               std::string(what) + " " + file + " cannot be used: " + tls_error_text()};
}

// lws can make such a context by itself, but caches it by file names: replaced certificates would
// not be seen. It would also trust a directory relative to the working directory.
Result<TlsContext> make_tls_context(const TlsClientOptions& options) {
  ERR_clear_error();
  TlsContext tls(SSL_CTX_new(TLS_client_method()));
  if (!tls) return Error{Errc::Internal, "OpenSSL gave no context: " + tls_error_text()};
  SSL_CTX_set_min_proto_version(tls.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(tls.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(tls.get()) != 1) {
      return Error{Errc::Io, "cannot load the system's certificates: " + tls_error_text()};
    }
  } else if (SSL_CTX_load_verify_locations(tls.get(), options.ca_file.c_str(), nullptr) != 1) {
    return file_error("CA file", options.ca_file);
  }
  if (options.certificate_file.empty()) return tls;
  if (SSL_CTX_use_certificate_chain_file(tls.get(), options.certificate_file.c_str()) != 1) {
    return file_error("certificate file", options.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(tls.get(), options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(tls.get()) != 1) {
    return file_error("key file", options.key_file);
  }
  return tls;
}

}  // namespace

std::string tls_error_text() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

ClientVhost::~ClientVhost() {
  // Not now: this may be a callback of a connection on it, which lws would free under its feet.
  loop_.defer([vhost = vhost_, tls = std::shared_ptr<SSL_CTX>(tls_, &SSL_CTX_free)] {
    lws_vhost_destroy(vhost);
  });
}

Result<std::shared_ptr<ClientVhost>> ClientVhosts::get(bool tls, const TlsClientOptions& options,
                                                       const std::string& proxy) {
  std::string key = tls ? "tls\n" : "plain\n";
  std::string stamp;
  key += proxy;
  if (tls) {
    key += "\n" + options.ca_file + "\n" + options.certificate_file + "\n" + options.key_file;
    add_stamp(stamp, options.ca_file);
    add_stamp(stamp, options.certificate_file);
    add_stamp(stamp, options.key_file);
  }
  const auto found = std::find_if(cached_.begin(), cached_.end(),
                                  [&](const Cached& cached) { return cached.key == key; });
  if (found != cached_.end() && found->stamp == stamp) return found->vhost;
  if (found != cached_.end()) cached_.erase(found);
  auto created = create(tls, options);
  if (!created) return created;
  if (cached_.size() >= kMaxCached) cached_.erase(cached_.begin());
  cached_.push_back({std::move(key), std::move(stamp), created.value()});
  return created;
}

Result<std::shared_ptr<ClientVhost>> ClientVhosts::create(bool tls,
                                                          const TlsClientOptions& options) {
  TlsContext context;
  if (tls) {
    auto made = make_tls_context(options);
    if (!made) return made.error();
    context = std::move(made).value();
  }
  const std::string name = "client" + std::to_string(++created_);
  lws_context_creation_info info = vhost_settings(name.c_str());
  if (tls) {
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.provided_client_ssl_ctx = context.get();
  }
  lws_vhost* vhost = lws_create_vhost(loop_.impl().context(), &info);
  if (vhost == nullptr) return Error{Errc::Internal, "libwebsockets gave no vhost"};
  return std::make_shared<ClientVhost>(loop_, vhost, context.release());
}

}  // namespace webpubsub::net
