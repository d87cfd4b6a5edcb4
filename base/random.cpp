#include "base/random.h"

#include <cstdlib>

#include <openssl/rand.h>

#include "base/base64.h"

namespace webpubsub {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // Only a broken installation gets here; going on with predictable ids would be worse.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    std::abort();
  }
  return bytes;
}

std::uint64_t random_below(std::uint64_t bound) {
  if (bound == 0) return 0;
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // beyond it the result is biased
  while (true) {
    std::uint64_t value = 0;
    for (const char byte : random_bytes(sizeof value)) {
      value = (value << 8U) | static_cast<unsigned char>(byte);
    }
    if (value < limit) return value % bound;
  }
}

std::string random_id() { return base64url_encode(random_bytes(16)); }

}  // namespace webpubsub
