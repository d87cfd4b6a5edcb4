#include "hub/rest_call.h"

#include <charconv>
#include <utility>

#include "hub/text.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::hub {

Connection* RestCall::connection(std::string_view id) const {
  const HubConnections* known = connections();
  return known == nullptr ? nullptr : known->find(id);
}

const Members* RestCall::group(std::string_view name) const {
  const HubConnections* known = connections();
  return known == nullptr ? nullptr : known->group(name);
}

const Members* RestCall::user(std::string_view user_id) const {
  const HubConnections* known = connections();
  return known == nullptr ? nullptr : known->user(user_id);
}

std::string_view RestCall::parameter(std::string_view name) const {
  const auto values = parameters(name);
  return values.empty() ? std::string_view() : values.back();
}

std::vector<std::string_view> RestCall::parameters(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : query) {
    if (equals_ignoring_case(key, name)) values.emplace_back(value);
  }
  return values;
}

net::HttpResponse status_only(int status) { return {.status = status}; }

net::HttpResponse json_answer(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

net::HttpResponse rest_error(int status, std::string_view code, std::string_view message,
                             std::string_view target) {
  std::string body = "{\"code\":";
  append_json_string(body, code);
  body += ",\"message\":";
  append_json_string(body, message);
  if (!target.empty()) {
    body += ",\"target\":";
    append_json_string(body, target);
  }
  body += '}';
  net::HttpResponse response = json_answer(status, std::move(body));
  response.headers.emplace_back("x-ms-error-code", code);
  return response;
}

net::HttpResponse bad_request(std::string_view message) {
  return rest_error(400, "Error.BadRequest", message, "Request");
}

std::optional<long> parse_number(std::string_view text, long min, long max) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number < min || number > max ? std::nullopt : std::optional(number);
}

}  // namespace webpubsub::hub
