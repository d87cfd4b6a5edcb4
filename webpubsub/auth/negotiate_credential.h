// A client access URL from the application's own negotiate endpoint.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/http.h"
#include "net/tls_options.h"
#include "webpubsub/auth/credential.h"

namespace webpubsub {

struct NegotiateOptions {
  std::string url{};            // https://..., or http:// where nobody listens in
  std::string method = "GET";   // or POST
  net::Headers headers{};       // such as Authorization
  std::string body{};           // of a POST, JSON
  net::TlsClientOptions tls{};  // with a certificate of our own: mutual TLS
  std::string proxy{};
  std::chrono::milliseconds timeout{10'000};
};

/// Asks for each connection anew. The answer is JSON with the URL in "url" (also spelt "Url"), or
/// the URL alone as text. Errors: Unauthorized when it is refused (4xx), Unavailable and Timeout
/// when there is no answer or a 5xx, Protocol for an answer without a URL.
std::unique_ptr<Credential> make_negotiate_credential(net::EventLoop& loop,
                                                      NegotiateOptions options);

}  // namespace webpubsub
