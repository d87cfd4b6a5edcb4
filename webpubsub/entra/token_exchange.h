// One question for a token, and what its answer means.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "webpubsub/auth/token_source.h"

namespace webpubsub {

/// {"access_token":..., "expires_in" or "expires_on":...}; numbers may be texts. Errors: Protocol.
Result<AccessToken> parse_token_answer(std::string_view body, WallTime now);

/// What a refusal says: {"error":..., "error_description":...}. `who` was asked.
Error error_of_token_answer(const net::HttpResponse& answer, std::string_view who);

/// application/x-www-form-urlencoded, also for queries.
std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields);

/// Runs one request at a time; a further one replaces it.
class TokenExchange {
 public:
  TokenExchange(net::EventLoop& loop, std::string who) : loop_(loop), who_(std::move(who)) {}

  void start(net::HttpClientRequest request, TokenSource::Done done);
  /// For those whose answer is something else first.
  void start_raw(net::HttpClientRequest request,
                 std::function<void(Result<net::HttpResponse>)> done);
  const std::string& who() const noexcept { return who_; }
  net::EventLoop& loop() noexcept { return loop_; }

 private:
  net::EventLoop& loop_;
  std::string who_;
  std::unique_ptr<net::HttpCall> call_;
};

}  // namespace webpubsub
