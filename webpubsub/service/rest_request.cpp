#include "webpubsub/service/rest_request.h"

#include "net/http.h"

namespace webpubsub {

RestPath& RestPath::word(std::string_view fixed) {
  path_ += '/';
  path_ += fixed;
  return *this;
}

RestPath& RestPath::name(std::string_view given) {
  path_ += '/';
  path_ += net::percent_encode(given);
  return *this;
}

RestPath& RestPath::parameter(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  if (!query_.empty()) query_ += '&';
  query_ += name;
  query_ += '=';
  query_ += net::percent_encode(value);
  return *this;
}

RestPath& RestPath::parameters(std::string_view name, const std::vector<std::string>& values) {
  for (const std::string& value : values) parameter(name, value);
  return *this;
}

std::string_view content_type_of(DataType type) {
  switch (type) {
    case DataType::Json:
      return "application/json";
    case DataType::Text:
      return "text/plain";
    default:
      return "application/octet-stream";
  }
}

}  // namespace webpubsub
