#include "tests/support/mutual_tls_server.h"

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace gateway::support {

struct MutualTlsServer::Context {
  SSL_CTX* tls = SSL_CTX_new(TLS_server_method());
  ~Context() { SSL_CTX_free(tls); }
};

MutualTlsServer::MutualTlsServer(TestAuthority& authority, std::string body)
    : body_(std::move(body)),
      context_(std::make_unique<Context>()),
      listener_(listen_on()),
      port_(port_of(listener_)) {
  const auto own = authority.issue("DNS:localhost");
  SSL_CTX* tls = context_->tls;
  if (SSL_CTX_use_certificate_chain_file(tls, own.certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, own.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_load_verify_locations(tls, authority.ca_file().c_str(), nullptr) != 1) {
    throw std::runtime_error("the server's certificate cannot be used");
  }
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  thread_ = std::thread([this] { run(); });
}

MutualTlsServer::~MutualTlsServer() {
  shutdown(listener_.fd(), SHUT_RDWR);  // ends accept()
  thread_.join();
}

std::vector<std::string> MutualTlsServer::subjects() const {
  const std::lock_guard lock(mutex_);
  return subjects_;
}

void MutualTlsServer::run() {
  sigset_t pipe;  // whoever is refused may be gone before it is told
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (true) {
    const Socket client(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) return;
    serve(client);
  }
}

void MutualTlsServer::serve(const Socket& client) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_->tls), SSL_free);
  SSL_set_fd(tls.get(), client.fd());
  if (SSL_accept(tls.get()) != 1) return;
  std::string request;
  std::array<char, 4096> chunk{};
  while (request.find("\r\n\r\n") == std::string::npos) {
    const int size = SSL_read(tls.get(), chunk.data(), static_cast<int>(chunk.size()));
    if (size <= 0) return;
    request.append(chunk.data(), static_cast<std::size_t>(size));
  }
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(tls.get()),
                                                          X509_free);
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  {
    const std::lock_guard lock(mutex_);
    subjects_.emplace_back(name.data());
  }
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body_.size()) + "\r\nConnection: close\r\n\r\n" + body_;
  SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
  SSL_shutdown(tls.get());
  // What is still to be read, such as a body, must not turn the close into a reset.
  shutdown(client.fd(), SHUT_WR);
  while (recv(client.fd(), chunk.data(), chunk.size(), 0) > 0) {
  }
}

}  // namespace gateway::support
