#include "webpubsub/service/client_access.h"

#include <utility>

#include <rapidjson/document.h>

#include "base/clock.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

std::string client_endpoint(const ClientAccessPlace& place, bool mqtt) {
  const std::string& endpoint = place.connection_string.endpoint;
  return mqtt ? endpoint + "/clients/mqtt/hubs/" + place.hub : client_audience(endpoint, place.hub);
}

ClientAccess access_with(const ClientAccessPlace& place, bool mqtt, std::string token) {
  // http becomes ws, https becomes wss.
  std::string url = "ws" + client_endpoint(place, mqtt).substr(std::string_view("http").size());
  url += "?access_token=" + token;
  return ClientAccess{Secret(std::move(url)), Secret(std::move(token))};
}

}  // namespace

ClientAccess sign_client_access(const ClientAccessPlace& place, const ClientTokenOptions& options) {
  TokenClaims claims;
  claims.audience = client_endpoint(place, options.mqtt);
  claims.user_id = options.user_id;
  claims.roles = options.roles;
  claims.groups = options.groups;
  claims.issued = wall_now();
  claims.expires = claims.issued + options.lifetime;
  return access_with(place, options.mqtt, sign_token(claims, place.connection_string.access_key));
}

Result<ClientAccess> parse_client_access(const ClientAccessPlace& place, bool mqtt,
                                         std::string_view body) {
  const Error malformed{Errc::Protocol, "the service's answer carries no token"};
  if (!is_valid_json(body)) return malformed;
  rapidjson::Document document;
  document.Parse(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject() || !document.HasMember("token") ||
      !document["token"].IsString()) {
    return malformed;
  }
  return access_with(place, mqtt,
                     {document["token"].GetString(), document["token"].GetStringLength()});
}

}  // namespace webpubsub
