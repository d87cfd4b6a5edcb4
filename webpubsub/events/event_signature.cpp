#include "webpubsub/events/event_signature.h"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace webpubsub {

namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kHexBytes = 2 * kDigestBytes;
constexpr std::size_t kMaxSignatures = 8;  // the service sends two
constexpr std::string_view kScheme = "sha256=";

using Hex = std::array<char, kHexBytes>;

/// The key's text as it is is the key, as for tokens.
Hex sign(const Secret& key, std::string_view connection_id) {
  std::array<unsigned char, kDigestBytes> digest{};
  unsigned length = 0;
  const std::string_view text = key.reveal();
  HMAC(EVP_sha256(), text.data(), static_cast<int>(text.size()),
       reinterpret_cast<const unsigned char*>(connection_id.data()), connection_id.size(),
       digest.data(), &length);
  constexpr std::string_view kDigits = "0123456789abcdef";
  Hex hex{};
  for (std::size_t i = 0; i < kDigestBytes; ++i) {
    hex.at(2 * i) = kDigits[digest.at(i) >> 4U];
    hex.at(2 * i + 1) = kDigits[digest.at(i) & 0xFU];
  }
  return hex;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same(const Hex& expected, std::string_view given) {
  if (given.size() != kHexBytes) return false;
  Hex folded{};
  std::transform(given.begin(), given.end(), folded.begin(), lower);
  return CRYPTO_memcmp(expected.data(), folded.data(), kHexBytes) == 0;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string event_signature(std::string_view connection_id,
                            const std::vector<Secret>& access_keys) {
  std::string header;
  for (const Secret& key : access_keys) {
    const Hex hex = sign(key, connection_id);
    if (!header.empty()) header += ',';
    header.append(kScheme).append(hex.data(), hex.size());
  }
  return header;
}

bool is_event_signature(std::string_view header, std::string_view connection_id,
                        const std::vector<Secret>& access_keys) {
  if (connection_id.empty()) return false;
  bool trusted = false;
  for (std::size_t i = 0; i < kMaxSignatures && !header.empty(); ++i) {
    const std::size_t end = std::min(header.find(','), header.size());
    std::string_view one = trim(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (!one.starts_with(kScheme)) continue;
    one.remove_prefix(kScheme.size());
    for (const Secret& key : access_keys) {
      // An empty key would make a signature that anybody can.
      if (!key.empty()) trusted = is_same(sign(key, connection_id), one) || trusted;
    }
  }
  return trusted;
}

}  // namespace webpubsub
