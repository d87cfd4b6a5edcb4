#include "config/addresses.h"
#include "config/secrets.h"
#include "config/sections/hub_parts.h"
#include "config/sections/sections.h"
#include "config/suggest.h"

namespace gateway::config {
namespace {

void read_listen(const Value& value, webpubsub::hub::HubOptions& hub) {
  const auto text = value.text();
  if (!text) return;
  auto parsed = parse_listen_address(*text);
  if (!parsed) {
    std::string message =
        "an address such as 127.0.0.1:8080 or [::1]:8080 expected; got " + in_quotes(*text);
    if (text->starts_with("localhost:")) {
      message += "; did you mean " + in_quotes("127.0.0.1" + text->substr(9)) + "?";
    }
    value.report(message);
    return;
  }
  hub.address = std::move(parsed->address);
  hub.port = parsed->port;
}

void read_key(const Value& value, Settings& settings) {
  auto key = read_secret(value);
  if (!key) return;
  if (key->secret.reveal().size() < kLeastHubKeyBytes) {
    value.report(
        "a key of at least 32 characters expected; make one with: openssl rand -base64 32");
    return;
  }
  if (!is_loopback(settings.hub.address) && key->secret.reveal() == webpubsub::kLocalAccessKey) {
    value.report(
        "this is the well-known local key, good on loopback only; make one with: "
        "openssl rand -base64 32");
    return;
  }
  settings.hub.access_keys.push_back(std::move(key->secret));
  settings.secret_files.hub_access_key = std::move(key->file);
}

}  // namespace

void read_hub(Section hub, Settings& settings) {
  const auto listen = hub.at("listen");
  read_listen(listen, settings.hub);
  const auto key = hub.at("access_key_file");
  const auto problems = key.reading().problems.size();
  read_key(key, settings);
  auto tls = hub.at("tls").section();
  read_key_pair(tls, settings.hub.tls.certificate_file, settings.hub.tls.key_file);
  tls.finish();
  read_event_handlers(hub.at("event_handlers"), settings.hub);
  read_browsers(hub, settings.hub);
  read_hub_limits(hub.at("limits").section(), settings.hub);
  // A key or certificate that is there but wrong was reported as that.
  const bool silent = key.reading().problems.size() > problems;
  const bool safe = settings.hub.tls.enabled() && !settings.hub.access_keys.empty();
  if (!is_loopback(settings.hub.address) && !safe && !silent) {
    listen.report("an address other than loopback needs hub.tls and hub.access_key_file");
  }
  const auto mirror = hub.at("mirror");
  assign(settings.hub_mirror, mirror.boolean());
  if (settings.hub_mirror && settings.webpubsub.uses_embedded_hub()) {
    mirror.report("it needs a service elsewhere: without one this hub serves, and gets everything");
  }
  hub.finish();
}

}  // namespace gateway::config
