#include "config/credential_files.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "config/files.h"
#include "config/sections/sections.h"

namespace gateway::config {

using webpubsub::Secret;

namespace {

/// Says what is wrong with a secret, or puts it to use.
using Take = std::function<std::optional<std::string>(Secret secret)>;

void read_again(const std::string& file, std::vector<Problem>& problems, const Take& take) {
  if (file.empty()) return;
  auto secret = read_secret_file(file);
  if (!secret) {
    problems.push_back({.file = file, .message = "cannot be used: " + secret.error().message});
  } else if (const auto wrong = take(std::move(*secret))) {
    problems.push_back({.file = file, .message = *wrong});
  }
}

/// Where private keys are.
std::vector<std::string> key_files(const Settings& settings) {
  std::vector<std::string> files{settings.mqtt.tls.key_file, settings.webpubsub.tls.key_file,
                                 settings.hub.tls.key_file};
  if (const auto& negotiate = settings.webpubsub.negotiate)
    files.push_back(negotiate->tls.key_file);
  if (const auto& entra = settings.webpubsub.entra) files.push_back(entra->key_file);
  return files;
}

}  // namespace

std::vector<std::string> credential_files(const Settings& settings) {
  const auto& secrets = settings.secret_files;
  const auto& hub_tls = settings.hub.tls;
  std::vector<std::string> files{secrets.mqtt_password,
                                 secrets.connection_string,
                                 secrets.client_access_url,
                                 secrets.negotiate_authorization,
                                 secrets.hub_access_key,
                                 settings.mqtt.tls.ca_file,
                                 settings.mqtt.tls.certificate_file,
                                 settings.mqtt.tls.key_file,
                                 settings.webpubsub.tls.ca_file,
                                 settings.webpubsub.tls.certificate_file,
                                 settings.webpubsub.tls.key_file,
                                 hub_tls.certificate_file,
                                 hub_tls.key_file};
  if (const auto& negotiate = settings.webpubsub.negotiate) {
    const auto& tls = negotiate->tls;
    files.insert(files.end(), {tls.ca_file, tls.certificate_file, tls.key_file});
  }
  // But not a workload identity's token: the platform exchanges it many times a day.
  if (const auto& entra = settings.webpubsub.entra) {
    files.insert(files.end(),
                 {entra->client_secret_file, entra->certificate_file, entra->key_file});
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  std::erase(files, "");
  return files;
}

std::vector<std::string> exposed_files(const Settings& settings) {
  auto files = credential_files(settings);
  std::set<std::string> certificates{
      settings.mqtt.tls.ca_file, settings.mqtt.tls.certificate_file, settings.webpubsub.tls.ca_file,
      settings.webpubsub.tls.certificate_file, settings.hub.tls.certificate_file};
  if (const auto& negotiate = settings.webpubsub.negotiate) {
    certificates.insert({negotiate->tls.ca_file, negotiate->tls.certificate_file});
  }
  if (const auto& entra = settings.webpubsub.entra) certificates.insert(entra->certificate_file);
  // Both may be in one file.
  for (const auto& key : key_files(settings)) certificates.erase(key);
  files.push_back(settings.secret_files.configuration);
  std::erase_if(files, [&](const std::string& file) {
    return certificates.contains(file) || !readable_by_others(file);
  });
  return files;
}

Loaded read_secrets_again(Settings settings) {
  std::vector<Problem> problems;
  const auto files = settings.secret_files;
  read_again(files.mqtt_password, problems, [&](Secret secret) -> std::optional<std::string> {
    settings.mqtt.password = std::move(secret);
    return std::nullopt;
  });
  read_again(files.connection_string, problems,
             [&](const Secret& secret) -> std::optional<std::string> {
               auto parsed = webpubsub::parse_connection_string(secret.reveal());
               if (!parsed) return parsed.error().message;
               settings.webpubsub.connection_string = std::move(*parsed);
               return std::nullopt;
             });
  read_again(files.client_access_url, problems, [&](Secret secret) -> std::optional<std::string> {
    if (!is_client_access_url(secret.reveal())) return "no client access URL is in it";
    settings.webpubsub.client_access_url = std::move(secret);
    return std::nullopt;
  });
  read_again(files.negotiate_authorization, problems,
             [&](Secret secret) -> std::optional<std::string> {
               settings.webpubsub.negotiate_authorization = std::move(secret);
               return std::nullopt;
             });
  read_again(files.hub_access_key, problems, [&](Secret secret) -> std::optional<std::string> {
    if (secret.reveal().size() < kLeastHubKeyBytes)
      return "a key of at least 32 characters expected";
    settings.hub.access_keys = {std::move(secret)};
    return std::nullopt;
  });
  if (!problems.empty()) return problems;
  return settings;
}

}  // namespace gateway::config
