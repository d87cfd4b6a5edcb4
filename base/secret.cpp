#include "base/secret.h"

#include <openssl/crypto.h>

namespace webpubsub {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  // Up to the capacity: a shorter text may have taken a longer one's place.
  text_.resize(text_.capacity());
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

std::string redact_url(std::string_view url) {
  std::string shown;
  const auto scheme_end = url.find("://");
  std::size_t from = 0;
  if (scheme_end != std::string_view::npos) {
    from = scheme_end + 3;
    shown = url.substr(0, from);
    const auto authority = url.substr(from, url.find_first_of("/?#", from) - from);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) from += at + 1;
  }
  const auto query = url.find('?', from);
  shown += url.substr(from, query == std::string_view::npos ? query : query - from);
  if (query != std::string_view::npos) shown += "?...";
  return shown;
}

}  // namespace webpubsub
