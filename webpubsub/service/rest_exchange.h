// One REST operation under way: its attempts, the waits between them, and what its answer means.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "webpubsub/service/rest_request.h"

namespace webpubsub {

struct ServiceClientOptions;

/// The answer as an error, when it is one: "CODE: message", with the status.
std::optional<Error> error_of_answer(const net::HttpResponse& answer, bool answers_by_absence);

/// What a Retry-After header of seconds asks for; dates and nonsense count as none.
std::optional<std::chrono::seconds> retry_after(const net::HttpResponse& answer);

class RestExchange {
 public:
  using Done = std::function<void(Result<net::HttpResponse>)>;

  /// `options` must outlive it. `done` may destroy it.
  RestExchange(net::EventLoop& loop, const ServiceClientOptions& options, RestRequest request,
               Done done);
  RestExchange(const RestExchange&) = delete;
  RestExchange& operator=(const RestExchange&) = delete;

 private:
  void attempt();
  void send(const Secret& bearer);
  bool is_too_long();  // empty: none
  Secret signed_token() const;
  void on_answer(Result<net::HttpResponse> answer);
  /// How long to wait before the next attempt; nothing when there is none.
  std::optional<std::chrono::milliseconds> wait_after(const Result<net::HttpResponse>& answer);

  net::EventLoop& loop_;
  const ServiceClientOptions& options_;
  const RestRequest request_;
  Done done_;
  int retries_left_;
  Backoff waits_;
  net::Timer pause_;
  std::unique_ptr<net::HttpCall> call_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // the token source may outlive us
};

}  // namespace webpubsub
