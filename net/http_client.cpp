#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "net/client_connection.h"
#include "net/event_loop_impl.h"

namespace webpubsub::net {

namespace {

constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kWriteSize = 64 * 1024;
constexpr std::size_t kMaxHeaderValue = 8 * 1024;

// Methods libwebsockets takes for HTTP; it would open a raw socket for another.
constexpr std::array<std::string_view, 7> kMethods{"GET",  "POST",  "PUT",   "OPTIONS",
                                                   "HEAD", "PATCH", "DELETE"};

/// The headers of an answer. libwebsockets keeps them in a table of known names and a list of
/// unknown ones, which 4.1 cannot go through: there they are asked for by name.
class HeaderReader {
 public:
  HeaderReader(lws* wsi, Headers& headers) : wsi_(wsi), headers_(headers) {}

  void read() {
    for (int i = 0; i < static_cast<int>(WSI_TOKEN_COUNT); ++i) {
      const auto token = static_cast<lws_token_indexes>(i);
      const unsigned char* text = lws_token_to_string(token);
      if (text == nullptr) continue;
      std::string_view name(reinterpret_cast<const char*>(text));
      if (name.size() < 2 || name.back() != ':' || name.front() == ':') continue;
      name.remove_suffix(1);
      const int length = lws_hdr_total_length(wsi_, token);
      if (length <= 0 || static_cast<std::size_t>(length) > kMaxHeaderValue) continue;
      // Room for the comma lws puts between repeated headers.
      std::string value(static_cast<std::size_t>(length) + kMaxRepeats, '\0');
      if (lws_hdr_copy(wsi_, value.data(), static_cast<int>(value.size()), token) < 0) continue;
      value.resize(std::char_traits<char>::length(value.c_str()));
      headers_.emplace_back(name, std::move(value));
    }
    read_custom();
  }

 private:
  static constexpr std::size_t kMaxRepeats = 32;

  void read_custom() {
#if LWS_LIBRARY_VERSION_NUMBER >= 4003000
    lws_hdr_custom_name_foreach(
        wsi_,
        [](const char* name, int size, void* self) {
          static_cast<HeaderReader*>(self)->copy_custom({name, static_cast<std::size_t>(size)});
        },
        this);
#else
    static constexpr std::array<std::string_view, 12> kNames{
        "webhook-allowed-origin:", "WebHook-Allowed-Origin:", "webhook-allowed-rate:",
        "WebHook-Allowed-Rate:",   "ce-connectionstate:",     "ce-connectionState:",
        "ce-connectionid:",        "ce-connectionId:",        "x-ms-error-code:",
        "x-ms-request-id:",        "x-ms-client-request-id:", "x-ms-continuation:"};
    for (const std::string_view name : kNames) copy_custom(name);
#endif
  }

  /// `name` with its colon, as it came.
  void copy_custom(std::string_view name) {
    const int length = lws_hdr_custom_length(wsi_, name.data(), static_cast<int>(name.size()));
    if (length < 0 || static_cast<std::size_t>(length) > kMaxHeaderValue) return;
    std::string value(static_cast<std::size_t>(length) + 1, '\0');
    const int copied = lws_hdr_custom_copy(wsi_, value.data(), static_cast<int>(value.size()),
                                           name.data(), static_cast<int>(name.size()));
    if (copied < 0) return;
    value.resize(static_cast<std::size_t>(copied));
    headers_.emplace_back(name.substr(0, name.size() - 1), std::move(value));
  }

  lws* wsi_;
  Headers& headers_;
};

class HttpExchange final : public HttpCall, private ClientConnection {
 public:
  HttpExchange(EventLoop& loop, ConnectSettings settings, std::string body, std::size_t max_body,
               std::function<void(Result<HttpResponse>)> done)
      : ClientConnection(loop, std::move(settings)),
        body_(std::move(body)),
        max_body_(max_body),
        done_(std::move(done)),
        deadline_(loop, [this] {
          finish(Error{Errc::Timeout, "no whole answer from " + target() + " in time"});
        }) {
    deadline_.start_after(this->settings().timeout);
    start();
  }

 private:
  void on_connect_failed(Error error) override { finish(std::move(error)); }
  int on_connection(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) override;
  int on_response_head(lws* wsi);
  int read(lws* wsi);
  int on_body(std::string_view bytes);
  int write_body(lws* wsi);
  void finish(Result<HttpResponse> result);
  Error cut_short() const {
    return Error{Errc::Unavailable,
                 target() + " closed the connection before its answer was whole"};
  }

  const std::string body_;
  const std::size_t max_body_;
  std::function<void(Result<HttpResponse>)> done_;
  std::size_t body_sent_ = 0;
  HttpResponse response_{};
  bool chunked_ = false;
  const char* read_start_ = nullptr;  // inside read(): where bytes are put
  char** read_at_ = nullptr;          // and how far lws has got with them
  Timer deadline_;
};

int HttpExchange::on_connection(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) {
  if (!done_) return -1;
  switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
      if (!body_.empty()) {
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
      }
      return 0;
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
      return write_body(wsi);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
      return on_response_head(wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
      return read(wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
      return on_body({static_cast<const char*>(in), len});
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
      // lws also says so when the connection ends in the middle of a chunked body.
      if (chunked_ && (read_at_ == nullptr || *read_at_ == read_start_)) {
        finish(cut_short());
      } else {
        finish(std::move(response_));
      }
      return -1;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
      if (response_.status != 0) {
        set_handler(wsi, nullptr);
        forget_connection();
        finish(cut_short());
      }
      return 0;
    default:
      return 0;
  }
}

int HttpExchange::write_body(lws* wsi) {
  if (body_sent_ >= body_.size() || lws_partial_buffered(wsi) != 0) return 0;
  const std::size_t count = std::min(body_.size() - body_sent_, kWriteSize);
  const bool last = body_sent_ + count == body_.size();
  // lws wants it writable but does not write into a body of known length.
  auto* bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(body_.data())) + body_sent_;
  if (lws_write(wsi, bytes, count, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0) return -1;
  body_sent_ += count;
  if (last) lws_client_http_body_pending(wsi, 0);
  lws_callback_on_writable(wsi);
  return 0;
}

int HttpExchange::on_response_head(lws* wsi) {
  established();
  response_.status = static_cast<int>(lws_http_client_http_response(wsi));
  HeaderReader(wsi, response_.headers).read();
  chunked_ = find_header(response_.headers, "transfer-encoding").has_value();
  std::uint64_t length = 0;
  if (const auto text = find_header(response_.headers, "content-length")) {
    std::from_chars(text->data(), text->data() + text->size(), length);
  }
  const bool bodiless = settings().method == "HEAD" || response_.status == 204 ||
                        response_.status == 304 || response_.status < 200;
  if (bodiless) {
    finish(std::move(response_));
    return -1;
  }
  if (length > max_body_) {
    finish(Error{Errc::ResourceExhausted, "answer of " + target() + " over the size limit"});
    return -1;
  }
  return 0;
}

int HttpExchange::read(lws* wsi) {
  std::array<char, LWS_PRE + kReadSize> buffer;  // not zeroed: lws fills it
  const Lifetime::Guard guard(lifetime());
  char* at = buffer.data() + LWS_PRE;
  int size = static_cast<int>(kReadSize);
  read_start_ = at;
  read_at_ = &at;
  const int result = lws_http_client_read(wsi, &at, &size);
  if (guard.gone()) return -1;
  read_at_ = nullptr;
  return result < 0 ? -1 : 0;
}

int HttpExchange::on_body(std::string_view bytes) {
  if (response_.body.size() + bytes.size() > max_body_) {
    finish(Error{Errc::ResourceExhausted, "answer of " + target() + " over the size limit"});
    return -1;
  }
  response_.body += bytes;
  return 0;
}

void HttpExchange::finish(Result<HttpResponse> result) {
  if (!done_) return;
  deadline_.cancel();
  let_go();
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));
}

/// A call that could not start: tells why on the next lap.
class FailedCall final : public HttpCall {
 public:
  FailedCall(EventLoop& loop, Error error, std::function<void(Result<HttpResponse>)> done) {
    loop.defer([alive = lifetime_.token(), error = std::move(error), done = std::move(done)] {
      if (!alive.expired()) done(error);
    });
  }

 private:
  Lifetime lifetime_;
};

Result<ConnectSettings> make_settings(HttpClientRequest& request) {
  auto url = parse_url(request.url, "http", "https");
  if (!url) return url.error();
  auto proxy = parse_proxy(request.proxy);
  if (!proxy) return proxy.error();
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return Error{Errc::InvalidArgument, "HTTP method \"" + request.method + "\" not known"};
  }
  ConnectSettings settings;
  settings.url = std::move(url).value();
  settings.tls = request.tls;
  settings.proxy = std::move(proxy).value();
  settings.timeout = request.timeout;
  settings.method = request.method;
  settings.headers = std::move(request.headers);
  const bool may_have_body = request.method[0] == 'P';
  if (may_have_body || !request.body.empty()) {
    settings.headers.emplace_back("Content-Length", std::to_string(request.body.size()));
  }
  if (auto checked = check_settings(settings); !checked) return checked.error();
  return settings;
}

}  // namespace

std::unique_ptr<HttpCall> start_http_request(EventLoop& loop, HttpClientRequest request,
                                             std::function<void(Result<HttpResponse>)> done) {
  auto settings = make_settings(request);
  if (!settings) return std::make_unique<FailedCall>(loop, settings.error(), std::move(done));
  return std::make_unique<HttpExchange>(loop, std::move(settings).value(), std::move(request.body),
                                        request.max_response_body, std::move(done));
}

}  // namespace webpubsub::net
