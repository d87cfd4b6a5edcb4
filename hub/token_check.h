// Whether a client or a REST caller may come in.
//
// Signature and lifetime are auth/'s to check; what a token is made out to is checked here, with
// the leniency that the official SDKs need. Source: reference, sections 2.2 and 2.4.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "hub/client_url.h"
#include "net/http.h"
#include "webpubsub/auth/access_token.h"

namespace webpubsub::hub {

/// Undoes the escapes of a path except %2F, so that a slash inside a name never becomes a border
/// between two (reference, section 7.1). Broken escapes stay as they are.
std::string decode_path(std::string_view path);

/// The scheme's own port left out: "localhost:80" is "localhost" to an http endpoint.
std::string normal_authority(std::string_view host, bool tls);

class TokenCheck {
 public:
  /// `authority` is where we listen, "127.0.0.1:8080"; a request's own Host header counts as well,
  /// since a key is what proves anything and a name is only what the caller knows us by.
  TokenCheck(std::vector<Secret> access_keys, bool tls)
      : access_keys_(std::move(access_keys)), tls_(tls) {}
  void set_authority(std::string authority) { authority_ = std::move(authority); }

  /// Errors: Unauthorized, saying what is wrong without any of the token.
  /// `path` is what stands before the hub's name in the audience.
  Result<VerifiedToken> client(const net::HttpRequest& request, std::string_view hub, WallTime now,
                               std::string_view path = kClientPath) const;
  Result<void> rest(const net::HttpRequest& request, WallTime now) const;

  const Secret& signing_key() const { return access_keys_.front(); }
  /// "http://HOST", as the caller of `request` knows us.
  std::string endpoint_for(const net::HttpRequest& request) const;

 private:
  Result<VerifiedToken> verify(std::string_view token, WallTime now) const;
  std::vector<std::string> authorities(const net::HttpRequest& request) const;

  std::vector<Secret> access_keys_;
  bool tls_;
  std::string authority_;
};

}  // namespace webpubsub::hub
