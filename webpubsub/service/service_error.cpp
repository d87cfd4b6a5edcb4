#include "webpubsub/service/service_error.h"

#include <string_view>

namespace webpubsub {
namespace {

/// The service's codes are one word; our own sentences are not.
bool is_code(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

ServiceError service_error(const Error& error) {
  ServiceError parts{.status = error.service_code, .code = {}, .message = error.message};
  if (error.service_code == 0) return parts;
  const std::string_view text = error.message;
  const auto colon = text.find(": ");
  const auto code = text.substr(0, colon);
  if (!is_code(code)) return parts;
  parts.code = code;
  parts.message = colon == std::string_view::npos ? "" : text.substr(colon + 2);
  return parts;
}

}  // namespace webpubsub
