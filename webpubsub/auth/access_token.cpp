#include "webpubsub/auth/access_token.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"
#include "net/http.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {
namespace {

/// Far more than any header or URL carries; keeps the work for a hostile one small.
constexpr std::size_t kMaxTokenBytes = 64 * 1024;
constexpr std::size_t kSignatureBytes = 32;
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

Error refused(std::string_view why) {
  return {Errc::Unauthorized, "access token: " + std::string(why), 0};
}

/// HMAC-SHA-256 with the key's text as it is: Azure never base64-decodes it.
std::string hmac_sha256(const Secret& key, std::string_view message) {
  std::string signature(kSignatureBytes, '\0');
  unsigned length = 0;
  const std::string_view text = key.reveal();
  HMAC(EVP_sha256(), text.data(), static_cast<int>(text.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(signature.data()), &length);
  return signature;
}

bool is_signed_by(const Secret& key, std::string_view message, std::string_view signature) {
  if (key.empty() || signature.size() != kSignatureBytes) return false;
  const std::string expected = hmac_sha256(key, message);
  return CRYPTO_memcmp(expected.data(), signature.data(), kSignatureBytes) == 0;
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out += ",\"";
  out += name;
  out += "\":[";
  for (const std::string& value : values) {
    if (out.back() != '[') out += ',';
    append_json_string(out, value);
  }
  out += ']';
}

std::string seconds(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

/// A NumericDate (RFC 7519, section 2): seconds since the epoch, fractions allowed.
std::optional<WallTime> read_date(const JsonSlice& value) {
  constexpr double kLatest = 9e9;  // the year 2255; system_clock counts nanoseconds to 2262
  if (value.kind != JsonKind::Number) return std::nullopt;
  double number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [parsed, problem] = std::from_chars(value.text.data(), end, number);
  if (problem != std::errc() || parsed != end || !(number >= 0)) return std::nullopt;
  const std::chrono::duration<double> since_epoch(std::fmin(number, kLatest));
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
}

/// The three parts of a compact JWT (RFC 7515, section 7.1), decoded.
struct TokenParts {
  std::string header{};
  std::string claims{};
  std::string signature{};
  std::string_view signed_text{};
};

std::optional<TokenParts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  auto header = base64url_decode(token.substr(0, first));
  auto claims = base64url_decode(token.substr(first + 1, second - first - 1));
  auto signature = base64url_decode(token.substr(second + 1));  // a third dot is foreign to it
  if (!header || !claims || !signature) return std::nullopt;
  return TokenParts{*std::move(header), *std::move(claims), *std::move(signature),
                    token.substr(0, second)};
}

/// Whether the header asks for what we do anyway. `crit` names extensions a verifier must know,
/// and we know none (RFC 7515, section 4.1.11).
bool is_our_header(std::string_view header) {
  constexpr std::array<std::string_view, 2> kNames = {"alg", "crit"};
  std::array<JsonSlice, 2> members;
  return scan_json_object(header, kNames, members) == JsonScan::Found && members[0].is_string() &&
         json_unescape(members[0].text) == "HS256" && members[1].kind == JsonKind::Absent;
}

enum class Claim : std::uint8_t { Audience, Expires, NotBefore, Subject, Roles, Groups, Count };
constexpr std::size_t kClaimCount = static_cast<std::size_t>(Claim::Count);
constexpr std::array<std::string_view, kClaimCount> kClaimNames = {
    "aud", "exp", "nbf", "sub", "role", "webpubsub.group"};

struct Claims {
  std::array<JsonSlice, kClaimCount> slices{};
  const JsonSlice& operator[](Claim claim) const { return slices[static_cast<std::size_t>(claim)]; }
};

std::optional<Error> check_lifetime(const Claims& claims, WallTime now, std::chrono::seconds skew) {
  const auto expires = read_date(claims[Claim::Expires]);
  if (!expires) return refused("exp is missing or not a date");
  if (now >= *expires + skew) return refused("it has expired");
  if (claims[Claim::NotBefore].is_given()) {
    const auto not_before = read_date(claims[Claim::NotBefore]);
    if (!not_before) return refused("nbf is not a date");
    if (now < *not_before - skew) return refused("it is not valid yet");
  }
  return std::nullopt;
}

Result<std::vector<std::string>> read_list(const Claims& claims, Claim claim) {
  if (!claims[claim].is_given()) return std::vector<std::string>{};
  auto list = json_string_list(claims[claim]);
  if (!list) {
    return refused(std::string(kClaimNames[static_cast<std::size_t>(claim)]) +
                   " is neither a string nor a list of strings");
  }
  return *std::move(list);
}

Result<VerifiedToken> read_claims(const Claims& claims) {
  VerifiedToken verified;
  if (claims[Claim::Subject].is_given()) {
    if (!claims[Claim::Subject].is_string()) return refused("sub is not a string");
    verified.user_id = json_unescape(claims[Claim::Subject].text);
  }
  auto audiences = read_list(claims, Claim::Audience);
  if (!audiences) return std::move(audiences).error();
  auto roles = read_list(claims, Claim::Roles);
  if (!roles) return std::move(roles).error();
  auto groups = read_list(claims, Claim::Groups);
  if (!groups) return std::move(groups).error();
  verified.audiences = std::move(audiences).value();
  verified.roles = std::move(roles).value();
  verified.groups = std::move(groups).value();
  return verified;
}

}  // namespace

std::string sign_token(const TokenClaims& claims, const Secret& access_key) {
  std::string body = R"({"aud":)";
  append_json_string(body, claims.audience);
  body += R"(,"iat":)" + seconds(claims.issued) + R"(,"exp":)" + seconds(claims.expires);
  if (!claims.user_id.empty()) {
    body += R"(,"sub":)";
    append_json_string(body, claims.user_id);
  }
  append_list(body, "role", claims.roles);
  append_list(body, "webpubsub.group", claims.groups);
  body += '}';
  std::string token = base64url_encode(kHeader) + "." + base64url_encode(body);
  token += "." + base64url_encode(hmac_sha256(access_key, token));
  return token;
}

Result<VerifiedToken> verify_token(std::string_view token, const std::vector<Secret>& access_keys,
                                   WallTime now, std::chrono::seconds skew) {
  if (token.size() > kMaxTokenBytes) return refused("it is too long");
  const auto parts = split(token);
  if (!parts) return refused("it is not a compact JSON Web Token");
  if (!is_our_header(parts->header)) return refused("it is not signed with HS256");
  bool trusted = false;
  for (const Secret& key : access_keys) {
    trusted = is_signed_by(key, parts->signed_text, parts->signature) || trusted;
  }
  if (!trusted) return refused("its signature does not match");

  Claims claims;
  if (scan_json_object(parts->claims, kClaimNames, claims.slices) != JsonScan::Found) {
    return refused("its claims are not a JSON object");
  }
  if (auto problem = check_lifetime(claims, now, skew)) return *std::move(problem);
  auto verified = read_claims(claims);
  if (verified) verified->claims = parts->claims;
  return verified;
}

std::string client_audience(std::string_view endpoint, std::string_view hub) {
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  return std::string(endpoint) + "/client/hubs/" + net::percent_encode(hub);
}

}  // namespace webpubsub
