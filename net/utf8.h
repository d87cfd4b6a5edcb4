// UTF-8 checking (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.

#pragma once

#include <cstddef>
#include <string_view>

namespace webpubsub::net {

bool is_valid_utf8(std::string_view text) noexcept;

/// The longest prefix of valid UTF-8 `text` that has at most `limit` bytes and cuts no character.
std::string_view cut_utf8(std::string_view text, std::size_t limit) noexcept;

}  // namespace webpubsub::net
