// One REST operation, before it becomes an HTTP request.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webpubsub/protocol/frames.h"

namespace webpubsub {

/// The path and query of an operation.
class RestPath {
 public:
  RestPath() = default;
  /// One the service gave us, escapes and all.
  RestPath(std::string path, std::string query)
      : path_(std::move(path)), query_(std::move(query)) {}

  RestPath& word(std::string_view fixed);  ///< Of the API, such as "groups" or ":send".
  RestPath& name(std::string_view given);  ///< Somebody's name for something: escaped.
  /// Left out when `value` is empty.
  RestPath& parameter(std::string_view name, std::string_view value);
  RestPath& parameters(std::string_view name, const std::vector<std::string>& values);

  const std::string& path() const noexcept { return path_; }
  const std::string& query() const noexcept { return query_; }  // without the '?'

 private:
  std::string path_ = "/api";
  std::string query_;
};

struct RestRequest {
  std::string method{};
  RestPath path{};
  std::string content_type{};  // empty: no body
  std::string body{};
  bool may_repeat = false;  // a second time does no harm
  bool needs_token = true;
  bool answers_by_absence = false;  // 404 is an answer, not an error
};

/// Which content type makes the service deliver `data` as what it is (reference, section 7.2).
std::string_view content_type_of(DataType type);

}  // namespace webpubsub
