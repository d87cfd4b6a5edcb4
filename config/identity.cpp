#include "config/identity.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "config/sections/sections.h"

namespace gateway::config {
namespace {

constexpr std::size_t kMaxId = 64;

/// The host name, or what of it an id may hold.
std::string default_gateway_id(const std::string& host_name) {
  std::string id = host_name.substr(0, kMaxId);
  std::replace_if(
      id.begin(), id.end(), [](char c) { return !is_valid_name(std::string_view(&c, 1)); }, '-');
  return id.empty() ? "gateway" : id;
}

/// "site-{site}" as the dashboard takes it, "site-*", with {gateway.id} put in.
std::string dashboard_group(const TextTemplate& group, const std::string& gateway_id) {
  std::string prefix;
  for (const auto& part : group.parts()) {
    if (!part.literal && part.text != "gateway.id") return prefix + "*";
    prefix += part.literal ? part.text : gateway_id;
  }
  return prefix;
}

void add_once(std::vector<std::string>& groups, std::string group) {
  if (group.empty() || std::find(groups.begin(), groups.end(), group) != groups.end()) return;
  groups.push_back(std::move(group));
}

}  // namespace

std::string derive_client_id(const Environment& environment, const std::string& gateway_id) {
  // Without a machine id the host name is what tells machines apart.
  const auto& key = environment.machine_id.empty() ? environment.host_name : environment.machine_id;
  const std::string text = "webpubsub-gateway mqtt client id " + gateway_id;
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(), &size);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = "wpsgw";
  for (std::size_t i = 0; i < 9; ++i) {
    id += kDigits[hash[i] >> 4U];
    id += kDigits[hash[i] & 15U];
  }
  return id;
}

void complete(Settings& settings, const Environment& environment) {
  if (settings.gateway_id.empty()) settings.gateway_id = default_gateway_id(environment.host_name);
  if (settings.mqtt.client_id.empty()) {
    settings.mqtt.client_id = derive_client_id(environment, settings.gateway_id);
  }
  if (settings.webpubsub.user_id.empty()) settings.webpubsub.user_id = settings.gateway_id;
  settings.hub.dashboard_hub = settings.webpubsub.hub;
  if (settings.webpubsub.uses_embedded_hub())
    settings.hub.command_user = settings.webpubsub.user_id;
  for (const auto& rule : settings.rules) {
    if (!rule.event.empty()) continue;
    add_once(settings.hub.dashboard_groups, dashboard_group(rule.group, settings.gateway_id));
  }
  add_once(settings.hub.dashboard_groups, settings.presence.group);
}

}  // namespace gateway::config
