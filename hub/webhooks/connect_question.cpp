#include "hub/webhooks/connect_question.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/base64.h"
#include "hub/text.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr int kOk = 200;
constexpr int kRedirect = 300;
constexpr int kBadRequest = 400;
constexpr int kServerError = 500;
constexpr int kLastStatus = 599;

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_string(Writer& out, std::string_view text) {
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

/// Values as lists of strings under their names, each name once. `keep` says which.
template <class Keep>
void write_map(Writer& out, const StringMap& pairs, bool fold_case, Keep keep) {
  const auto same = [fold_case](std::string_view a, std::string_view b) {
    return fold_case ? equals_ignoring_case(a, b) : a == b;
  };
  out.StartObject();
  for (auto at = pairs.begin(); at != pairs.end(); ++at) {
    const std::string& name = at->first;
    const bool seen =
        std::any_of(pairs.begin(), at, [&](const auto& other) { return same(other.first, name); });
    if (seen || !keep(name) || !is_valid_utf8(name)) continue;
    write_string(out, name);
    out.StartArray();
    for (const auto& [other, value] : pairs) {
      if (same(other, name) && is_valid_utf8(value)) write_string(out, value);
    }
    out.EndArray();
  }
  out.EndObject();
}

bool is_wanted_header(std::string_view name) {
  constexpr std::string_view kCloudEvent = "ce-";
  constexpr std::string_view kWebhook = "webhook-";
  const std::string folded = canonical_hub_name(name);
  return folded != "authorization" && !folded.starts_with(kCloudEvent) &&
         !folded.starts_with(kWebhook);
}

void write_claim(Writer& out, const rapidjson::Value& value) {
  if (value.IsString()) return write_string(out, {value.GetString(), value.GetStringLength()});
  rapidjson::StringBuffer buffer;
  Writer nested(buffer);
  value.Accept(nested);
  write_string(out, {buffer.GetString(), buffer.GetSize()});
}

void write_claims(Writer& out, const std::string& claims) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(
      claims.data(), claims.size());
  const rapidjson::Value& object = document;
  out.StartObject();
  if (!document.HasParseError() && object.IsObject()) {
    for (auto at = object.MemberBegin(); at != object.MemberEnd(); ++at) {
      write_string(out, {at->name.GetString(), at->name.GetStringLength()});
      out.StartArray();
      if (at->value.IsArray()) {
        for (rapidjson::SizeType i = 0; i < at->value.Size(); ++i) write_claim(out, at->value[i]);
      } else {
        write_claim(out, at->value);
      }
      out.EndArray();
    }
  }
  out.EndObject();
}

void write_or_null(Writer& out, const char* name, const std::optional<std::string>& text) {
  out.Key(name);
  if (text) {
    write_string(out, *text);
  } else {
    out.Null();
  }
}

void write_mqtt(Writer& out, const mqtt::Connect& packet) {
  out.StartObject();
  out.Key("protocolVersion");
  out.Uint(static_cast<unsigned>(packet.version));
  out.Key("cleanStart");
  out.Bool(packet.clean_start);
  write_or_null(out, "username", packet.username);
  write_or_null(out, "password",
                packet.password ? std::optional(base64_encode(*packet.password)) : std::nullopt);
  out.Key("userProperties");
  out.StartArray();
  for (const auto& [name, value] : packet.properties.user_properties) {
    out.StartObject();
    out.Key("name");
    write_string(out, name);
    out.Key("value");
    write_string(out, value);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

Error senseless(const char* what) {
  return {Errc::Protocol, std::string("the answer to connect: ") + what, kServerError};
}

bool is_list(const JsonSlice& value) { return value.kind == JsonKind::Array; }

/// Members are either absent (or null) or of their type: a handler that means well is not guessed
/// at.
Result<ConnectVerdict> read_body(std::string_view body) {
  constexpr std::array<std::string_view, 4> kNames = {"userId", "groups", "roles", "subprotocol"};
  std::array<JsonSlice, kNames.size()> values{};
  if (scan_json_object(body, kNames, values) != JsonScan::Found) {
    return senseless("it is not a JSON object");
  }
  const auto& [user, groups, roles, subprotocol] = values;
  ConnectVerdict verdict;
  if (user.is_given()) {
    if (!user.is_string()) return senseless("userId is not a string");
    verdict.user_id = json_unescape(user.text);
  }
  if (groups.is_given()) {
    auto list = is_list(groups) ? json_string_list(groups) : std::nullopt;
    if (!list || !std::all_of(list->begin(), list->end(), is_valid_group_name)) {
      return senseless("groups is not a list of group names");
    }
    verdict.groups = *std::move(list);
  }
  if (roles.is_given()) {
    auto list = is_list(roles) ? json_string_list(roles) : std::nullopt;
    if (!list) return senseless("roles is not a list of strings");
    verdict.roles = *std::move(list);
  }
  if (subprotocol.is_given()) {
    if (!subprotocol.is_string()) return senseless("subprotocol is not a string");
    verdict.subprotocol = json_unescape(subprotocol.text);
  }
  auto properties = read_mqtt_user_properties(body);
  if (!properties) return senseless("mqtt.userProperties is not a list of names and values");
  verdict.mqtt_user_properties = *std::move(properties);
  return verdict;
}

}  // namespace

std::string connect_body(const net::UpgradeRequest& upgrade, const std::string& claims,
                         const mqtt::Connect* mqtt) {
  rapidjson::StringBuffer buffer;
  Writer out(buffer);
  out.StartObject();
  if (mqtt != nullptr) {
    out.Key("mqtt");
    write_mqtt(out, *mqtt);
  }
  out.Key("claims");
  write_claims(out, claims);
  out.Key("query");
  write_map(out, net::parse_query(upgrade.request.query), false,
            [](std::string_view name) { return !equals_ignoring_case(name, "access_token"); });
  out.Key("headers");
  write_map(out, upgrade.request.headers, true, is_wanted_header);
  out.Key("subprotocols");
  out.StartArray();
  for (const std::string& name : upgrade.subprotocols) {
    if (is_valid_utf8(name)) write_string(out, name);
  }
  out.EndArray();
  out.Key("clientCertificates");
  out.StartArray();
  out.EndArray();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Result<ConnectVerdict> read_verdict(const net::HttpResponse& answer) {
  if (answer.status < kOk || answer.status >= kRedirect) {
    const bool refusal = answer.status >= kBadRequest && answer.status <= kLastStatus;
    return Error{Errc::Unauthorized, "the event handler refused",
                 refusal ? answer.status : kServerError};
  }
  // Whatever its Content-Type says.
  if (answer.status != kOk || answer.body.empty() || answer.body == "null") return ConnectVerdict{};
  return read_body(answer.body);
}

}  // namespace webpubsub::hub
