#include "webpubsub/auth/negotiate_credential.h"

#include <utility>

#include <rapidjson/document.h>

#include "net/http_client.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;
constexpr int kOk = 200;
constexpr int kClientError = 400;
constexpr int kServerError = 500;

bool is_client_url(std::string_view text) {
  return text.starts_with("wss://") || text.starts_with("ws://");
}

std::string url_in(std::string_view body) {
  if (is_client_url(body)) {
    return std::string(body.substr(0, body.find_last_not_of(" \t\r\n") + 1));
  }
  if (!is_valid_json(body)) return {};
  rapidjson::Document document;
  document.Parse<rapidjson::kParseNumbersAsStringsFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) return {};
  for (const char* name : {"url", "Url"}) {
    if (!document.HasMember(name) || !document[name].IsString()) continue;
    const std::string_view url(document[name].GetString(), document[name].GetStringLength());
    if (is_client_url(url)) return std::string(url);
  }
  return {};
}

Result<Secret> url_of(const Result<net::HttpResponse>& answer) {
  if (!answer) return answer.error();
  const int status = answer->status;
  if (status != kOk) {
    const bool refused = status >= kClientError && status < kServerError;
    const Errc code = refused ? Errc::Unauthorized
                              : (status >= kServerError ? Errc::Unavailable : Errc::Protocol);
    return Error{code, "the negotiate endpoint answered with status " + std::to_string(status),
                 status};
  }
  std::string url = url_in(answer->body);
  if (url.empty()) {
    return Error{Errc::Protocol, "the negotiate endpoint's answer holds no ws:// or wss:// URL"};
  }
  return Secret(std::move(url));
}

class NegotiateCredential final : public Credential {
 public:
  NegotiateCredential(net::EventLoop& loop, NegotiateOptions options)
      : loop_(loop), options_(std::move(options)) {}

  void client_access_url(Done done) override {
    net::HttpClientRequest request{.method = options_.method,
                                   .url = options_.url,
                                   .headers = options_.headers,
                                   .body = options_.body,
                                   .tls = options_.tls,
                                   .proxy = options_.proxy,
                                   .timeout = options_.timeout,
                                   .max_response_body = kMaxAnswer};
    if (!options_.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    call_ =
        net::start_http_request(loop_, std::move(request),
                                [done = std::move(done)](const Result<net::HttpResponse>& answer) {
                                  done(url_of(answer));
                                });
  }

 private:
  net::EventLoop& loop_;
  const NegotiateOptions options_;
  std::unique_ptr<net::HttpCall> call_;  // a further question replaces it
};

}  // namespace

std::unique_ptr<Credential> make_negotiate_credential(net::EventLoop& loop,
                                                      NegotiateOptions options) {
  return std::make_unique<NegotiateCredential>(loop, std::move(options));
}

}  // namespace webpubsub
