#include <array>

#include "base/units.h"
#include "config/addresses.h"
#include "config/secrets.h"
#include "config/sections/sections.h"
#include "config/suggest.h"
#include "webpubsub/auth/roles.h"
#include "webpubsub/protocol/names.h"

namespace gateway::config {
namespace {

constexpr std::size_t kMaxUserId = 256;
constexpr std::chrono::milliseconds kShortestKeepAlive = std::chrono::seconds(1);
constexpr std::chrono::milliseconds kLongestKeepAlive = std::chrono::minutes(10);
constexpr double kLeastPace = 1;
constexpr double kMostPace = 10'000;
constexpr double kLeastByteRate = 1024;
constexpr double kMostByteRate = 1024.0 * 1024 * 1024;
constexpr std::uint64_t kMostBillingUnits = 1'000'000'000;

void read_hub_name(const Value& value, std::string& hub) {
  auto text = value.text();
  if (!text) return;
  if (!webpubsub::is_valid_hub_name(*text)) {
    value.report_unexpected(
        "a hub name (a letter, then up to 127 letters, digits, '_' and some punctuation)", *text);
    return;
  }
  hub = std::move(*text);
}

/// "webpubsub.sendToGroup", for any group, or with ".NAME" for one; the plural takes a pattern.
bool is_role(std::string_view role) {
  for (const auto any : {webpubsub::kJoinLeaveAny, webpubsub::kSendToAny}) {
    if (!role.starts_with(any)) continue;
    auto rest = role.substr(any.size());
    if (rest.empty()) return true;
    if (rest.starts_with('s')) rest.remove_prefix(1);
    return rest.size() > 1 && rest.front() == '.';
  }
  return false;
}

void read_role(const Value& value, std::vector<std::string>& roles) {
  auto role = value.text();
  if (!role) return;
  if (is_role(*role)) {
    roles.push_back(std::move(*role));
    return;
  }
  // The kind ends at the second dot; what follows is the user's own.
  const auto kind_end = role->find('.', role->find('.') + 1);
  value.report(
      "webpubsub.joinLeaveGroup or webpubsub.sendToGroup, alone or with .NAME, expected; "
      "got " +
      in_quotes(*role) +
      suggestion(std::string_view(*role).substr(0, kind_end),
                 {webpubsub::kJoinLeaveAny, webpubsub::kSendToAny}));
}

void read_roles(const Value& value, std::optional<std::vector<std::string>>& roles) {
  if (!value.given()) return;
  if (value.node()->kind != YamlNode::Kind::Sequence) {
    const auto text = value.text();
    if (text && *text != "auto") {
      value.report("auto or a list of roles expected; got " + in_quotes(*text) +
                   suggestion(*text, {"auto"}));
    }
    return;
  }
  roles.emplace();
  for (const auto& item : value.items()) read_role(item, *roles);
}

void read_proxy(const Value& value, std::string& proxy) {
  auto text = value.hidden_text();  // may hold a password
  if (!text || text->empty()) return;
  const auto url = parse_url(*text);
  if (!url || url->scheme != "http" || !url->port || (!url->rest.empty() && url->rest != "/")) {
    const bool bare = text->find('@') == std::string::npos;
    value.report("http://HOST:PORT or http://USER:PASSWORD@HOST:PORT expected" +
                 (bare ? "; got " + in_quotes(*text) : std::string()));
    return;
  }
  proxy = std::move(*text);
}

void read_user_id(const Value& value, std::string& user_id) {
  auto text = value.text();
  if (!text || text->empty()) return;
  if (text->size() > kMaxUserId) {
    value.report("at most 256 bytes expected; got " + std::to_string(text->size()));
    return;
  }
  user_id = std::move(*text);
}

/// A size and "/s", or a number of bytes as any other rate.
void read_byte_rate(const Value& value, double& rate) {
  const auto text = value.text();
  if (!text) return;
  const std::string_view per_second = "/s";
  auto size = webpubsub::Result<std::uint64_t>(webpubsub::Error{});
  if (text->ends_with(per_second)) {
    size = webpubsub::parse_size(text->substr(0, text->size() - per_second.size()));
  }
  const auto plain = webpubsub::parse_rate(*text);
  if (!size && !plain) {
    value.report_unexpected("a rate such as 64KiB/s, or 0/s for none", *text);
    return;
  }
  const double found = size ? static_cast<double>(*size) : *plain;
  if (found != 0 && (found < kLeastByteRate || found > kMostByteRate)) {
    value.report_unexpected("a rate from 1KiB/s to 1GiB/s, or 0/s for none", *text);
    return;
  }
  rate = found;
}

void read_rate_limit(Section limit, RateLimits& limits) {
  assign(limits.frames, limit.at("messages").rate(0, kMostPace));
  read_byte_rate(limit.at("bytes"), limits.bytes);
  assign(limits.daily_billing_units, limit.at("daily_billing_units").integer(0, kMostBillingUnits));
  limit.finish();
}

}  // namespace

void read_webpubsub(Section webpubsub, Settings& settings) {
  ServiceSettings& service = settings.webpubsub;
  read_hub_name(webpubsub.at("hub"), service.hub);
  read_service_source(webpubsub, settings);
  read_user_id(webpubsub.at("user_id"), service.user_id);
  read_roles(webpubsub.at("roles"), service.roles);
  constexpr std::array<std::string_view, 4> kSubprotocols{"json", "json.reliable", "protobuf",
                                                          "protobuf.reliable"};
  const auto subprotocol = webpubsub.at("subprotocol");
  if (const auto chosen = subprotocol.choice({kSubprotocols.begin(), kSubprotocols.end()})) {
    service.codec = webpubsub::find_codec(std::string(kSubprotocols[*chosen]) +
                                          std::string(kSubprotocolSuffix));
  }
  assign(service.keep_alive,
         webpubsub.at("keep_alive").duration(kShortestKeepAlive, kLongestKeepAlive));
  read_proxy(webpubsub.at("proxy"), service.proxy);
  auto tls = webpubsub.at("tls").section();
  assign(service.tls.ca_file, tls.at("ca_file").file_path());
  tls.finish();
  assign(settings.uplink.pace, webpubsub.at("pace").rate(kLeastPace, kMostPace));
  read_rate_limit(webpubsub.at("rate_limit").section(), settings.uplink.rate_limit);
  webpubsub.finish();
}

}  // namespace gateway::config
