// "Endpoint=https://NAME.webpubsub.azure.com;AccessKey=...;Version=1.0;"

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace webpubsub {

struct ConnectionString {
  std::string endpoint{};  // scheme, host and non-default port, no trailing slash
  Secret access_key{};     // used as the text it is, never base64-decoded
};

/// The local emulator's well-known key, which the embedded hub shares: worth nothing as a secret,
/// so it guards loopback only.
inline constexpr std::string_view kLocalAccessKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

/// Errors: InvalidArgument naming the missing or wrong part, never the key.
/// Source: what the official SDKs accept (case-insensitive names, first '=' splits, Port= replaces
/// the endpoint's port).
Result<ConnectionString> parse_connection_string(std::string_view text);

}  // namespace webpubsub
