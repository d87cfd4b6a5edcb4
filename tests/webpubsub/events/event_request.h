// A webhook request as the service sends it, for tests to spoil.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.h"
#include "webpubsub/events/event_signature.h"

namespace webpubsub {

inline const Secret kEventKey("0123456789abcdef0123456789abcdef");

/// `type` as in "sys.connect" or "user.message".
inline net::HttpRequest event_request(const std::string& type, std::string body,
                                      const std::string& content_type =
                                          "application/json; "
                                          "charset=utf-8") {
  return {.method = "POST",
          .path = "/api/webpubsub/hubs/chat/",
          .headers = {{"Content-Type", content_type},
                      {"WebHook-Request-Origin", "name.webpubsub.azure.com"},
                      {"ce-specversion", "1.0"},
                      {"ce-awpsversion", "1.0"},
                      {"ce-type", "azure.webpubsub." + type},
                      {"ce-id", "3"},
                      {"ce-hub", "Chat"},
                      {"ce-eventName", type.substr(type.rfind('.') + 1)},
                      {"ce-connectionId", "c1"},
                      {"ce-userId", "ann"},
                      {"ce-signature", event_signature("c1", {kEventKey})}},
          .body = std::move(body)};
}

inline void set_header(net::HttpRequest& request, std::string_view name, std::string value) {
  for (auto& [known, old] : request.headers) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  request.headers.emplace_back(name, std::move(value));
}

inline void remove_header(net::HttpRequest& request, std::string_view name) {
  std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace webpubsub
