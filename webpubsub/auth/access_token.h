// Access tokens: the JSON Web Tokens (HS256) of clients and of REST calls.

#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace webpubsub {

struct TokenClaims {
  std::string audience{};  // see client_audience()
  std::string user_id{};   // "sub"; empty: anonymous
  std::vector<std::string> roles{};
  std::vector<std::string> groups{};  // joined before the connected frame, no permission needed
  WallTime issued{};
  WallTime expires{};
};

/// Signs `claims` with the key's text. Source: generate client access URL, section on claims.
std::string sign_token(const TokenClaims& claims, const Secret& access_key);

/// What a token says once its signature and lifetime held. `audiences` may be several; role and
/// group claims may be one string or a list.
struct VerifiedToken {
  std::vector<std::string> audiences{};
  std::string user_id{};
  std::vector<std::string> roles{};
  std::vector<std::string> groups{};
  std::string claims{};  // all of them, the JSON object as it stands in the token
};

/// Checks a compact JWT against any of `access_keys` (HS256 and nothing else, whatever its header
/// says), its exp (required) and nbf with `skew` allowed. The audience is the caller's to check.
/// Errors: Unauthorized, saying which check failed.
Result<VerifiedToken> verify_token(std::string_view token, const std::vector<Secret>& access_keys,
                                   WallTime now, std::chrono::seconds skew);

/// "http(s)://HOST[:PORT]/client/hubs/{hub}": what a client's token is made out to.
std::string client_audience(std::string_view endpoint, std::string_view hub);

}  // namespace webpubsub
