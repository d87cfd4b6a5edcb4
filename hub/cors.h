// Which pages of other origins may call the hub's HTTP API from a browser.
//
// A browser asks first (a preflight) and shows a page only answers that name its origin. Who calls
// is still proven by a token: this protects users of browsers, not the hub.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace webpubsub::hub {

class Cors {
 public:
  /// `origins` as browsers write them, "https://dash.example:8443"; "*" is any.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  /// Errors: InvalidArgument for what no browser sends as an origin.
  static Result<void> check(std::string_view origin);

  bool allows(std::string_view origin) const;
  static bool is_preflight(const net::HttpRequest& request);
  /// 204 with what the origin may do, 403 for one that may do nothing.
  net::HttpResponse answer_preflight(const net::HttpRequest& request) const;
  /// Lets the page that asked see `response`, if it may.
  void open(const net::HttpRequest& request, net::HttpResponse& response) const;

 private:
  std::vector<std::string> origins_;
};

}  // namespace webpubsub::hub
