#include "base/units.h"
#include "config/addresses.h"
#include "config/load.h"
#include "config/sections/sections.h"
#include "config/words.h"
#include "config/yaml_writer.h"

namespace gateway::config {
namespace {

void write_mqtt(YamlWriter& out, const MqttOptions& mqtt, const SecretFiles& files) {
  out.open("mqtt");
  out.text("broker", mqtt.broker);
  out.text("client_id", mqtt.client_id);
  out.text("version", word_for(mqtt.version, kMqttVersions));
  out.text("username", mqtt.username);
  out.secret("password", mqtt.password, files.mqtt_password);
  out.duration("keep_alive", mqtt.keep_alive);
  out.duration("session_expiry", mqtt.session_expiry);
  out.open("tls");
  out.text("ca_file", mqtt.tls.ca_file);
  out.text("certificate_file", mqtt.tls.certificate_file);
  out.text("key_file", mqtt.tls.key_file);
  out.close();
  out.close();
}

void write_source(YamlWriter& out, const ServiceSettings& service, const SecretFiles& files) {
  if (!files.connection_string.empty()) {
    out.text("connection_string_file", files.connection_string);
  } else if (service.connection_string) {
    out.text("connection_string", "Endpoint=" + service.connection_string->endpoint +
                                      ";AccessKey=" + std::string(kHidden) + ";Version=1.0;");
  }
  if (!files.client_access_url.empty()) {
    out.text("client_access_url_file", files.client_access_url);
  } else if (service.client_access_url) {
    const auto url = service.client_access_url->reveal();
    const auto shown = std::string(url.substr(0, url.find('?')));
    out.text("client_access_url", shown + "?access_token=" + std::string(kHidden));
  }
}

/// The URL without its query, which may hold a key.
std::string without_query(const std::string& url) {
  const auto query = url.find('?');
  return query == std::string::npos ? url : url.substr(0, query) + "?" + std::string(kHidden);
}

void write_negotiate(YamlWriter& out, const ServiceSettings& service, const SecretFiles& files) {
  if (!service.negotiate) return;
  const auto& negotiate = *service.negotiate;
  out.open("negotiate");
  out.text("url", without_query(negotiate.url));
  out.text("method", negotiate.method);
  if (!negotiate.headers.empty()) {
    out.open("headers");
    for (const auto& [name, value] : negotiate.headers) out.text(name, kHidden);
    out.close();
  }
  out.secret("authorization", service.negotiate_authorization, files.negotiate_authorization);
  if (!negotiate.body.empty()) out.text("body", kHidden);
  out.text("ca_file", negotiate.tls.ca_file);
  out.text("certificate_file", negotiate.tls.certificate_file);
  out.text("key_file", negotiate.tls.key_file);
  out.close();
}

void write_entra(YamlWriter& out, const std::optional<EntraSettings>& entra) {
  if (!entra) return;
  out.open("entra");
  out.text("endpoint", entra->endpoint);
  out.text("authority", entra->authority);
  out.text("tenant_id", entra->tenant_id);
  out.text("client_id", entra->client_id);
  out.text("client_secret_file", entra->client_secret_file);
  out.text("certificate_file", entra->certificate_file);
  out.text("key_file", entra->key_file);
  out.text("token_file", entra->token_file);
  out.flag("managed_identity", entra->managed_identity);
  out.text("metadata_endpoint", entra->metadata_endpoint);
  out.close();
}

/// "http://user:password@host:port" with the password hidden.
std::string hide_password(const std::string& proxy) {
  const auto url = parse_url(proxy);
  if (!url || url->user_information.empty()) return proxy;
  const auto user = url->user_information.substr(0, url->user_information.find(':'));
  return std::string(url->scheme) + "://" + std::string(user) + ":" + std::string(kHidden) + "@" +
         std::string(url->host) + ":" + std::to_string(url->port.value_or(0));
}

void write_webpubsub(YamlWriter& out, const Settings& settings) {
  const ServiceSettings& service = settings.webpubsub;
  out.open("webpubsub");
  out.text("hub", service.hub);
  write_source(out, service, settings.secret_files);
  write_negotiate(out, service, settings.secret_files);
  write_entra(out, service.entra);
  out.text("user_id", service.user_id);
  if (service.roles) {
    out.open_list("roles", service.roles->empty());
    for (const auto& role : *service.roles) out.item(role);
    out.close_list();
  } else {
    out.text("roles", "auto");
  }
  const auto subprotocol = service.codec->subprotocol();
  out.text("subprotocol", subprotocol.substr(0, subprotocol.size() - kSubprotocolSuffix.size()));
  out.duration("keep_alive", service.keep_alive);
  out.text("proxy", hide_password(service.proxy));
  out.open("tls");
  out.text("ca_file", service.tls.ca_file);
  out.close();
  out.text("pace", webpubsub::format_rate(settings.uplink.pace));
  const auto& limit = settings.uplink.rate_limit;
  out.open("rate_limit");
  out.text("messages", webpubsub::format_rate(limit.frames));
  out.text("bytes", webpubsub::format_rate(limit.bytes));
  out.number("daily_billing_units", limit.daily_billing_units);
  out.close();
  out.close();
}

void write_rest(YamlWriter& out, const Settings& settings) {
  out.open("presence");
  out.text("topic_status", settings.presence.topic_status.text());
  out.text("group", settings.presence.group);
  out.duration("interval", settings.presence.interval);
  out.duration("device_timeout", settings.presence.device_timeout);
  out.duration("device_list", settings.presence.device_list);
  out.open_list("device_gone", settings.presence.device_gone.empty());
  for (const auto& gone : settings.presence.device_gone) {
    out.begin_map();
    out.text("topic", gone.topic.text());
    out.text("payload", gone.payload);
    out.close();
  }
  out.close_list();
  out.close();
  out.open("snapshot");
  out.flag("enabled", settings.snapshot.enabled);
  out.text("event", settings.snapshot.event);
  out.text("group", settings.snapshot.group);
  out.text("reply_groups", settings.snapshot.reply_groups);
  out.number("max_topics", settings.snapshot.max_topics);
  out.text("max_size", webpubsub::format_size(settings.snapshot.max_size));
  out.close();
  out.open("memory");
  out.text("max_size", webpubsub::format_size(settings.uplink.max_bytes));
  out.close();
  out.open("store");
  out.text("directory", settings.store.directory);
  out.text("max_size", webpubsub::format_size(settings.store.max_size));
  if (settings.store.sync.count() == 0) {
    out.text("sync", "always");
  } else {
    out.duration("sync", settings.store.sync);
  }
  out.close();
  out.open("status");
  const StatusSettings& status = settings.status;
  out.text("listen",
           status.address.empty() ? "off" : format_listen_address(status.address, status.port));
  out.close();
  out.open("log");
  out.text("level", word_for(settings.log.level, kLogLevels));
  out.text("format", word_for(settings.log.format, kLogFormats));
  out.close();
}

}  // namespace

std::string describe(const Settings& settings) {
  YamlWriter out;
  out.begin_map();
  out.open("gateway");
  out.text("id", settings.gateway_id);
  out.close();
  write_mqtt(out, settings.mqtt, settings.secret_files);
  write_webpubsub(out, settings);
  write_hub(out, settings);
  out.open_list("rules", settings.rules.empty());
  for (const auto& rule : settings.rules) write_rule(out, rule);
  out.close_list();
  out.open_list("commands", settings.commands.empty());
  for (const auto& command : settings.commands) write_command(out, command);
  out.close_list();
  write_rest(out, settings);
  out.close();
  return out.take();
}

}  // namespace gateway::config
