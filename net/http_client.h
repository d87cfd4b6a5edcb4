// One HTTP request to a server.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/event_loop.h"
#include "net/http.h"
#include "net/tls_options.h"

namespace webpubsub::net {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url{};  // http:// or https://
  Headers headers{};
  std::string body{};
  TlsClientOptions tls{};
  std::string proxy{};
  std::chrono::milliseconds timeout{10'000};  // for the whole exchange
  std::size_t max_response_body = 1024 * 1024;
};

/// A running request; destroying it gives it up without a callback.
class HttpCall {
 public:
  virtual ~HttpCall() = default;
};

/// Starts a request and returns at once; `done` runs once on a later lap of the loop. Redirects
/// are answers like any other. Errors given to `done`: InvalidArgument for the URL, Unavailable,
/// Timeout, ResourceExhausted for a body over the limit.
std::unique_ptr<HttpCall> start_http_request(EventLoop& loop, HttpClientRequest request,
                                             std::function<void(Result<HttpResponse>)> done);

}  // namespace webpubsub::net
