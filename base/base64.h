// Base64 in both alphabets, strict: what a peer spelt loosely is refused, not guessed at.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webpubsub {

/// Standard alphabet with padding (RFC 4648, section 4).
std::string base64_encode(std::string_view bytes);
/// Appends to `out` without an intermediate string.
void base64_append(std::string& out, std::string_view bytes);
/// Nothing for white space, missing padding, a foreign letter or leftover bits.
std::optional<std::string> base64_decode(std::string_view text);

/// URL-safe alphabet without padding (RFC 4648, section 5), as in JSON Web Tokens.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace webpubsub
