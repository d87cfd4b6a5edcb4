#include "net/client_connection.h"

#include <algorithm>
#include <utility>

#include "net/event_loop_impl.h"
#include "net/resolver.h"

namespace webpubsub::net {

namespace {

// Buffers of fixed size inside lws: what does not fit would be cut without a word.
constexpr std::size_t kMaxTarget = 2000;     // of a 2048-byte request line
constexpr std::size_t kMaxTlsName = 120;     // the name that is verified: 128 with its port
constexpr std::size_t kMaxProxiedName = 90;  // named twice in a CONNECT of 256 bytes
constexpr std::size_t kMaxProxyUser = 90;
constexpr std::size_t kMaxHeaderBytes = 16 * 1024;

bool is_header_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Errc code_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return Errc::Unauthorized;
    case 404:
      return Errc::NotFound;
    case 408:
    case 429:
      return Errc::Unavailable;
    default:
      return status >= 500 ? Errc::Unavailable : Errc::Protocol;
  }
}

}  // namespace

Result<std::optional<Url>> parse_proxy(std::string_view text) {
  if (text.empty()) return std::optional<Url>{};
  auto url = parse_url(text, "http", "");
  if (!url) return Error{Errc::InvalidArgument, "proxy: " + url.error().message};
  auto user = percent_decode(url->user_information, false);
  if (!user || user->size() > kMaxProxyUser) {
    return Error{Errc::InvalidArgument, "proxy: user and password unreadable or too long"};
  }
  url->user_information = std::move(*user);
  return std::optional<Url>(std::move(url).value());
}

Result<void> check_settings(const ConnectSettings& settings) {
  const Url& url = settings.url;
  const auto refuse = [&](const char* why) {
    return Error{Errc::InvalidArgument, "URL of " + url.host + ": " + why};
  };
  if (url.target.size() > kMaxTarget) {
    return refuse("path and query over 2000 bytes; send a token as a header instead");
  }
  if (url.authority.size() > kMaxTlsName) return refuse("host name too long");
  if (settings.proxy && url.authority.size() > kMaxProxiedName) {
    return refuse("host name too long for a proxy");
  }
  if (url.tls && is_ipv6_literal(url.host)) {
    return refuse("TLS needs a name or an IPv4 address to verify");
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : settings.headers) {
    bytes += name.size() + value.size() + 4;
    if (name.empty() || !is_header_text(name) || !is_header_text(value)) {
      return refuse("a header with a line break");
    }
  }
  if (bytes > kMaxHeaderBytes) return refuse("headers over 16 KiB");
  return {};
}

ClientConnection::ClientConnection(EventLoop& loop, ConnectSettings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      expires_(steady_now() + settings_.timeout),
      deadline_(loop,
                [this] {
                  fail({Errc::Timeout, "no connection to " + target() + " within the time given"});
                }),
      patience_(loop, [this] { on_attempt_slow(); }) {}

ClientConnection::~ClientConnection() { let_go(); }

std::string ClientConnection::target() const {
  return settings_.url.host + ":" + std::to_string(settings_.url.port);
}

void ClientConnection::start() {
  deadline_.start_at(expires_);
  loop_.defer([this, alive = lifetime_.token()] {
    if (!alive.expired() && !over_) begin();
  });
}

void ClientConnection::begin() {
  const Url& dialled = settings_.proxy ? *settings_.proxy : settings_.url;
  auto vhost = loop_.impl().client_vhosts().get(
      settings_.url.tls, settings_.tls,
      settings_.proxy ? dialled.user_information + "@" + dialled.authority : "");
  if (!vhost) {
    fail(vhost.error());
    return;
  }
  vhost_ = std::move(vhost).value();
  if (is_literal_address(dialled.host)) {
    addresses_ = {dialled.host};
    try_next_address();
    return;
  }
  question_ = loop_.impl().resolver().resolve(dialled.host, [this](auto addresses) {
    question_ = 0;
    if (!addresses) {
      fail(addresses.error());
      return;
    }
    addresses_ = std::move(addresses).value();
    try_next_address();
  });
}

void ClientConnection::try_next_address() {
  const Lifetime::Guard guard(lifetime_);
  while (next_address_ < addresses_.size()) {
    const std::size_t left = addresses_.size() - next_address_;
    const std::string& address = addresses_[next_address_++];
    tcp_connected_ = false;
    if (left > 1) {
      const TimePoint now = steady_now();
      patience_.start_at(now + (expires_ - now) / static_cast<std::int64_t>(left));
    } else {
      patience_.cancel();
    }
    connecting_ = true;
    failed_at_once_ = false;
    lws* wsi = connect_to(address);
    if (guard.gone()) return;
    connecting_ = false;
    if (wsi != nullptr && !failed_at_once_) {
      wsi_ = wsi;
      return;
    }
    wsi_ = nullptr;
  }
  std::string why = last_failure_.empty() ? "refused or unreachable" : last_failure_;
  fail({Errc::Unavailable, "cannot connect to " + target() + ": " + why});
}

lws* ClientConnection::connect_to(const std::string& address) {
  const Url& url = settings_.url;
  lws_client_connect_info info{};
  info.context = loop_.impl().context();
  info.vhost = vhost_->get();
  info.port = url.port;
  // What is dialled; the name goes beside it as `host`, which is what SNI and verification use.
  // With a proxy it is the name that the proxy is asked for.
  info.address = address.c_str();
  if (settings_.proxy) {
    const Url& proxy = *settings_.proxy;
    std::string dialled = is_ipv6_literal(address) ? "[" + address + "]" : address;
    dialled += ":" + std::to_string(proxy.port);
    if (!proxy.user_information.empty()) dialled.insert(0, proxy.user_information + "@");
    lws_set_proxy(vhost_->get(), dialled.c_str());
    info.address = url.host.c_str();
  }
  info.host = url.authority.c_str();
  info.path = url.target.c_str();
  info.method = settings_.method.empty() ? nullptr : settings_.method.c_str();
  info.protocol = settings_.subprotocol.empty() ? nullptr : settings_.subprotocol.c_str();
  info.local_protocol_name = kProtocolName;
  info.alpn = "http/1.1";
  info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (url.tls ? LCCSCF_USE_SSL : 0);
  info.opaque_user_data = static_cast<LwsHandler*>(this);
  // Zero turns off lws' own pings, which only tick; owners ping as they need.
  static const lws_retry_bo_t no_pings{};
  info.retry_and_idle_policy = &no_pings;
  return lws_client_connect_via_info(&info);
}

int ClientConnection::on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) {
  switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:  // which lws says once TCP is connected
      tcp_connected_ = true;
      wsi_ = wsi;
      patience_.cancel();
      return 0;
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
      wsi_ = wsi;
      if (append_headers(wsi, in, len) != 0) return -1;
      return on_connection(wsi, reason, in, len);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_WSI_DESTROY:
      if (!over_) {
        const int status = static_cast<int>(lws_http_client_http_response(wsi));
        const Lifetime::Guard guard(lifetime_);
        on_connection(wsi, reason, in, len);
        if (guard.gone()) return -1;
        const char* why = static_cast<const char*>(in);
        set_handler(wsi, nullptr);
        wsi_ = nullptr;
        if (!over_) {
          on_attempt_failed(why == nullptr ? std::string_view{} : std::string_view(why, len),
                            status);
        }
        return -1;
      }
      if (reason == LWS_CALLBACK_WSI_DESTROY) wsi_ = nullptr;
      return on_connection(wsi, reason, in, len);
    default:
      return on_connection(wsi, reason, in, len);
  }
}

int ClientConnection::append_headers(lws* wsi, void* in, std::size_t len) const {
  auto** at = static_cast<unsigned char**>(in);
  unsigned char* end = *at + len;
  for (const auto& [name, value] : settings_.headers) {
    const std::string with_colon = name + ":";
    if (lws_add_http_header_by_name(wsi, reinterpret_cast<const unsigned char*>(with_colon.c_str()),
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), at, end) != 0) {
      return -1;
    }
  }
  return 0;
}

// Runs inside a callback of the attempt, so whatever comes next waits for the next lap; or inside
// lws_client_connect_via_info(), whose caller then goes on.
void ClientConnection::on_attempt_failed(std::string_view why, int status) {
  if (!certificate_problem_.empty()) {
    last_failure_ = "certificate not accepted: " + certificate_problem_;
  } else if (!why.empty()) {
    last_failure_ = why;
  }
  patience_.cancel();
  if (connecting_) {
    failed_at_once_ = true;
    return;
  }
  const bool final = tcp_connected_ || next_address_ >= addresses_.size();
  loop_.defer([this, alive = lifetime_.token(), final, status] {
    if (alive.expired() || over_) return;
    if (!final) {
      try_next_address();
      return;
    }
    Error error{Errc::Unavailable, "cannot connect to " + target()};
    if (status != 0 && status != 101) {
      error.code = code_of_status(status);
      error.service_code = status;
      error.message += ": answered with HTTP status " + std::to_string(status);
    } else {
      error.message += ": " + (last_failure_.empty() ? "refused or unreachable" : last_failure_);
    }
    fail(std::move(error));
  });
}

void ClientConnection::on_attempt_slow() {
  drop_connection(std::exchange(wsi_, nullptr));
  try_next_address();
}

void ClientConnection::established() {
  over_ = true;
  deadline_.cancel();
  patience_.cancel();
}

void ClientConnection::let_go() {
  established();
  if (question_ != 0) loop_.impl().resolver().forget(std::exchange(question_, 0));
  drop_connection(std::exchange(wsi_, nullptr));
}

void ClientConnection::fail(Error error) {
  if (over_) return;
  let_go();
  on_connect_failed(std::move(error));
}

}  // namespace webpubsub::net
