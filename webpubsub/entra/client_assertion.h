// A signed statement "I am this application", in place of a secret.

#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace webpubsub {

struct ClientAssertion {
  std::string audience{};  // the token endpoint
  std::string client_id{};
  WallTime now{};
};

/// A JWT signed with PS256 by the RSA key in `key_file`, naming the first certificate of
/// `certificate_file` by its SHA-256 thumbprint. Errors: InvalidArgument naming the file.
/// Source: "Microsoft identity platform application authentication certificate credentials".
Result<Secret> sign_client_assertion(const ClientAssertion& assertion,
                                     const std::string& certificate_file,
                                     const std::string& key_file);

}  // namespace webpubsub
