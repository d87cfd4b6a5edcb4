// What every outgoing connection does first: certificates, name, addresses in turn, deadline.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/client_vhost.h"
#include "net/event_loop.h"
#include "net/http.h"
#include "net/lws_glue.h"
#include "net/tls_options.h"
#include "net/url.h"

namespace webpubsub::net {

struct ConnectSettings {
  Url url{};
  TlsClientOptions tls{};
  std::optional<Url> proxy{};
  Duration timeout{};
  std::string method{};       // empty: a WebSocket
  std::string subprotocol{};  // of a WebSocket
  Headers headers{};          // sent with the request
};

/// Errors: InvalidArgument for what libwebsockets could not send as it is, or would cut.
Result<void> check_settings(const ConnectSettings& settings);
/// http://[user:password@]host:port, or nothing for an empty text.
Result<std::optional<Url>> parse_proxy(std::string_view text);

class ClientConnection : public LwsHandler {
 public:
  ClientConnection(EventLoop& loop, ConnectSettings settings);
  virtual ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

 protected:
  /// The attempt is over, before established(). Called once, and not from within connect().
  virtual void on_connect_failed(Error error) = 0;
  /// Events of the established connection, and those of the attempt this class does not need.
  virtual int on_connection(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) = 0;

  void start();        // on the next lap
  void established();  // the deadline is met
  /// Ends the attempt or the connection without a further event.
  void let_go();
  void fail(Error error);
  void forget_connection() noexcept { wsi_ = nullptr; }  // lws has closed it

  EventLoop& loop() noexcept { return loop_; }
  lws* wsi() noexcept { return wsi_; }
  const ConnectSettings& settings() const noexcept { return settings_; }
  Lifetime& lifetime() noexcept { return lifetime_; }
  /// "host:port", for error texts.
  std::string target() const;

 private:
  int on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) final;
  void on_certificate_refused(const char* why) final { certificate_problem_ = why; }
  void begin();
  void try_next_address();
  lws* connect_to(const std::string& address);
  void on_attempt_failed(std::string_view why, int status);
  void on_attempt_slow();
  int append_headers(lws* wsi, void* in, std::size_t len) const;

  EventLoop& loop_;
  ConnectSettings settings_;
  std::shared_ptr<ClientVhost> vhost_;
  std::vector<std::string> addresses_;
  std::size_t next_address_ = 0;
  std::uint64_t question_ = 0;  // to the resolver; 0: none
  lws* wsi_ = nullptr;
  bool over_ = false;            // established, failed or let go
  bool connecting_ = false;      // inside the call that starts an attempt
  bool failed_at_once_ = false;  // the attempt ended before that call returned
  bool tcp_connected_ = false;   // the current attempt got that far
  std::string certificate_problem_;
  std::string last_failure_;
  TimePoint expires_{};
  Timer deadline_;
  Timer patience_;  // with one address, when there are more
  Lifetime lifetime_;
};

}  // namespace webpubsub::net
