#include "net/http_server.h"

#include <cerrno>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/client_vhost.h"
#include "net/event_loop_impl.h"
#include "net/server_connection.h"

namespace webpubsub::net {

namespace {

constexpr int kBacklog = 512;
constexpr int kAcceptsPerTurn = 64;

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

std::string address_text(const SocketAddress& address, bool with_port = true) {
  char text[INET6_ADDRSTRLEN] = "";
  const auto port = [with_port](in_port_t number) {
    return with_port ? ":" + std::to_string(ntohs(number)) : std::string();
  };
  if (address.any.sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
    return "[" + std::string(text) + "]" + port(address.v6.sin6_port);
  }
  ::inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text));
  return std::string(text) + port(address.v4.sin_port);
}

bool parse_address(const std::string& text, std::uint16_t port, SocketAddress& address,
                   socklen_t& size) {
  address = {};
  if (::inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    size = sizeof(address.v4);
    return true;
  }
  address = {};
  if (::inet_pton(AF_INET6, text.c_str(), &address.v6.sin6_addr) != 1) return false;
  address.v6.sin6_family = AF_INET6;
  address.v6.sin6_port = htons(port);
  size = sizeof(address.v6);
  return true;
}

// Checked apart from lws, which does not say what is wrong.
Result<void> check_certificate(const TlsServerOptions& options) {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls(SSL_CTX_new(TLS_server_method()),
                                                         &SSL_CTX_free);
  const auto refuse = [](const std::string& what) {
    return Error{Errc::InvalidArgument, what + ": " + tls_error_text()};
  };
  if (!tls) return refuse("OpenSSL gave no context");
  if (SSL_CTX_use_certificate_chain_file(tls.get(), options.certificate_file.c_str()) != 1) {
    return refuse("certificate file " + options.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(tls.get(), options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(tls.get()) != 1) {
    return refuse("key file " + options.key_file);
  }
  return {};
}

class Server final : public HttpServer, private ConnectionOwner, private SocketOwner {
 public:
  Server(EventLoop& loop, HttpServerOptions options, HttpServerHandler& handler)
      : loop_(loop),
        options_(std::move(options)),
        handler_(handler),
        address_limits_(options_.per_address) {}
  ~Server() override;

  Result<void> open();
  std::uint16_t port() const override { return port_; }
  HttpServerCounters counters() const override { return counters_; }

 private:
  const HttpServerOptions& options() const override { return options_; }
  HttpServerCounters& count() override { return counters_; }
  AddressLimits& address_limits() override { return address_limits_; }
  HttpServerHandler& handler() override { return handler_; }
  void on_connection_over(ServerConnection& connection) override;
  void add_socket(ServerSocket& socket) override;
  void on_socket_gone(ServerSocket& socket) override { sockets_.erase(&socket); }
  void on_oversized_message() override { ++counters_.oversized_messages; }

  Result<void> make_vhost();
  Result<void> bind_and_listen();
  void accept_some();
  void accept_to_refuse();
  void take(int fd, const SocketAddress& from, AddressLimits::Place place);

  EventLoop& loop_;
  const HttpServerOptions options_;
  HttpServerHandler& handler_;
  AddressLimits address_limits_;
  HttpServerCounters counters_{};
  std::uint16_t port_ = 0;
  lws_vhost* tls_vhost_ = nullptr;
  int listen_fd_ = -1;   // owned by listener_
  int reserve_fd_ = -1;  // given up for a moment when there are no more descriptors
  std::unique_ptr<FdWatcher> listener_;
  std::unordered_map<ServerConnection*, std::shared_ptr<ServerConnection>> connections_;
  std::unordered_set<ServerSocket*> sockets_;
};

Server::~Server() {
  for (auto& [raw, connection] : connections_) {
    connection->abandon();
    loop_.impl().bury(std::move(connection));  // one of them may be calling us
  }
  connections_.clear();
  const auto sockets = std::exchange(sockets_, {});
  for (ServerSocket* socket : sockets) {
    socket->set_owner(nullptr);
    socket->abort("server stopped");
  }
  if (reserve_fd_ >= 0) ::close(reserve_fd_);
  // Later: this may be a callback of a connection on it.
  if (tls_vhost_ != nullptr) loop_.defer([vhost = tls_vhost_] { lws_vhost_destroy(vhost); });
}

Result<void> Server::open() {
  if (auto made = make_vhost(); !made) return made;
  if (auto bound = bind_and_listen(); !bound) return bound;
  reserve_fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  auto watcher = FdWatcher::watch(loop_, listen_fd_, [this] { accept_some(); });
  if (!watcher) return watcher.error();
  listener_ = std::move(watcher).value();
  return {};
}

Result<void> Server::make_vhost() {
  if (!options_.tls.enabled()) return {};
  if (auto checked = check_certificate(options_.tls); !checked) return checked;
  static std::atomic<unsigned> count{0};  // vhost names must differ
  const std::string name = "server" + std::to_string(++count);
  lws_context_creation_info info = vhost_settings(name.c_str());
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  // The second keeps lws from making a client's context, with all of the system's certificates.
  info.options =
      LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG;
  info.ssl_cert_filepath = options_.tls.certificate_file.c_str();
  info.ssl_private_key_filepath = options_.tls.key_file.c_str();
  info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1;
  info.alpn = "http/1.1";
  tls_vhost_ = lws_create_vhost(loop_.impl().context(), &info);
  if (tls_vhost_ == nullptr) return Error{Errc::Internal, "libwebsockets gave no vhost"};
  return {};
}

// Not by lws, which binds 127.0.0.1 to every interface when it knows IPv6.
Result<void> Server::bind_and_listen() {
  SocketAddress address{};
  socklen_t size = 0;
  const std::string where = options_.address + " port " + std::to_string(options_.port);
  if (!parse_address(options_.address, options_.port, address, size)) {
    return Error{Errc::InvalidArgument, options_.address + " is not a numeric address"};
  }
  const auto refuse = [&](const char* what) {
    const int reason = errno;
    if (listen_fd_ >= 0) ::close(std::exchange(listen_fd_, -1));
    const bool forbidden = reason == EACCES || reason == EPERM;
    return Error{forbidden ? Errc::Unauthorized : Errc::Io,
                 std::string("cannot ") + what + " " + where + ": " +
                     std::generic_category().message(reason)};
  };
  listen_fd_ = ::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listen_fd_ < 0) return refuse("open a socket for");
  const int one = 1;
  ::setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (address.any.sa_family == AF_INET6) {
    ::setsockopt(listen_fd_, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
  }
  if (::bind(listen_fd_, &address.any, size) != 0) return refuse("bind");
  if (::listen(listen_fd_, kBacklog) != 0) return refuse("listen on");
  size = sizeof(address);
  if (::getsockname(listen_fd_, &address.any, &size) != 0) return refuse("read the port of");
  port_ = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
  return {};
}

void Server::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    SocketAddress from{};
    socklen_t size = sizeof(from);
    const int fd = ::accept4(listen_fd_, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE) accept_to_refuse();
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    if (connections_.size() + sockets_.size() >= options_.max_connections) {
      ::close(fd);
      ++counters_.connections_over_limit;
      loop_.impl().log().burst(steady_now(), LogLevel::Warning, "net.refused",
                               "connection refused: too many are open");
      continue;
    }
    auto place = address_limits_.admit(address_text(from, false), steady_now());
    if (!place) {
      ::close(fd);
      ++counters_.connections_over_address_limit;
      loop_.impl().log().burst(steady_now(), LogLevel::Warning, "net.refused",
                               "connection refused: too many are open from one address",
                               {{"peer", address_text(from)}});
      continue;
    }
    take(fd, from, std::move(*place));
  }
}

// A connection that cannot be accepted stays readable, and the loop would spin.
void Server::accept_to_refuse() {
  loop_.impl().log().burst(steady_now(), LogLevel::Warning, "net.refused",
                           "connection refused: no descriptors left");
  if (reserve_fd_ >= 0) ::close(reserve_fd_);
  const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  reserve_fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  errno = EMFILE;
}

void Server::take(int fd, const SocketAddress& from, AddressLimits::Place place) {
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  auto connection = std::make_shared<ServerConnection>(loop_, static_cast<ConnectionOwner&>(*this),
                                                       address_text(from), std::move(place));
  connections_.emplace(connection.get(), connection);
  auto stream = tls_vhost_ != nullptr ? make_tls_stream(tls_vhost_, fd, *connection)
                                      : make_plain_stream(loop_, fd, *connection);
  if (!stream) {
    connections_.erase(connection.get());
    return;
  }
  connection->set_stream(std::move(stream));
}

void Server::on_connection_over(ServerConnection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  loop_.impl().bury(std::move(found->second));
  connections_.erase(found);
}

void Server::add_socket(ServerSocket& socket) {
  sockets_.insert(&socket);
  socket.set_owner(this);
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(EventLoop& loop, HttpServerOptions options,
                                                       HttpServerHandler& handler) {
  auto server = std::make_unique<Server>(loop, std::move(options), handler);
  if (auto opened = server->open(); !opened) return opened.error();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace webpubsub::net
