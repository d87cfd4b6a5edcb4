// Tokens of clients and servers: forged ones, and claims that somebody with the key signed.

#include "webpubsub/auth/access_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"
#include "hub/token_check.h"
#include "tests/fuzz/expect.h"

namespace webpubsub::fuzz {
namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";
// Noon of a day in 2025: the lifetimes of the seeds do not run out.
const WallTime kNow{std::chrono::seconds(1'763'726'400)};

std::string sign(std::string_view header, std::string_view claims) {
  std::string token = base64url_encode(header) + "." + base64url_encode(claims);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), kKey.data(), static_cast<int>(kKey.size()),
       reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest, &size);
  return token + "." + base64url_encode(text_of(digest, size));
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  const std::vector<Secret> keys{Secret(fuzz::kKey)};
  constexpr std::chrono::minutes kSkew{5};
  fuzz::expect(!verify_token(input, keys, fuzz::kNow, kSkew), "nobody guesses a signature");
  const std::string token = fuzz::sign(R"({"alg":"HS256","typ":"JWT"})", input);
  static_cast<void>(verify_token(token, keys, fuzz::kNow, kSkew));
  static_cast<void>(
      verify_token(fuzz::sign(input, R"({"exp":1763730000})"), keys, fuzz::kNow, kSkew));

  const hub::TokenCheck check(keys, false);
  net::HttpRequest request;
  request.path = "/api/hubs/chat/:send";
  request.headers = {{"Host", "localhost"}, {"Authorization", "Bearer " + token}};
  static_cast<void>(check.rest(request, fuzz::kNow));
  static_cast<void>(check.client(request, "chat", fuzz::kNow));
  request.headers.clear();
  request.query = "access_token=" + std::string(input);
  fuzz::expect(!check.client(request, "chat", fuzz::kNow), "nobody guesses a signature");
  return 0;
}
