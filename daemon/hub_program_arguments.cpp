#include "daemon/hub_program_arguments.h"

#include <sstream>
#include <utility>
#include <variant>

#include "base/secret.h"
#include "config/addresses.h"
#include "config/files.h"
#include "config/load.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::hub::HubOptions;

void declare(CLI::App& app, HubArguments& arguments) {
  app.description("A local service that speaks Azure Web PubSub's client protocols and REST API.");
  app.footer("Example: webpubsub-hub --listen 127.0.0.1:8080 --hub telemetry");
  app.add_option("--listen", arguments.listen, "address and port; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--hub", arguments.hub, "hub that the dashboard shows")->capture_default_str();
  auto* primary = app.add_option("--access-key-file", arguments.access_key_file,
                                 "file with the access key; default: the well-known local key")
                      ->type_name("FILE");
  app.add_option("--secondary-access-key-file", arguments.secondary_access_key_file,
                 "file with another key that is accepted, while keys are changed")
      ->type_name("FILE")
      ->needs(primary);
  auto* certificate = app.add_option("--tls-certificate", arguments.tls_certificate,
                                     "PEM chain; serves https and wss")
                          ->type_name("FILE");
  auto* key = app.add_option("--tls-key", arguments.tls_key, "PEM key of it")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option(
         "--group", arguments.groups,
         "group the dashboard shows, may be repeated; 'site-*' stands for all that begin so")
      ->type_name("GROUP")
      ->capture_default_str();
  app.add_option("--command-user", arguments.command_user,
                 "user id that gets the dashboard's commands: a gateway's id");
  app.add_option("--event-handler", arguments.event_handlers,
                 "web server that handles events, may be repeated: "
                 "[HUB=]URL[;user=NAMES][;system=NAMES], or @FILE with one of these a line")
      ->type_name("HANDLER");
  app.add_option("--event-handler-ca", arguments.event_handler_ca,
                 "PEM certificates that handlers on https are verified with; default: the system's")
      ->type_name("FILE");
  app.add_option("--negotiate", arguments.negotiate,
                 "who gets the dashboard's token from /negotiate: local (this machine) or network")
      ->check(CLI::IsMember({"local", "network"}))
      ->capture_default_str();
  app.add_option("--cors-origin", arguments.cors_origins,
                 "origin whose pages may call the hub from a browser, may be repeated; '*' is any")
      ->type_name("ORIGIN");
  app.add_option("--limit", arguments.limits,
                 "what clients may take, may be repeated, such as connections=5000; see the manual")
      ->type_name("NAME=VALUE");
  app.add_option("--status", arguments.status,
                 "address and port of /livez, /readyz and /metrics; default: none")
      ->type_name("ADDRESS:PORT");
  app.add_option("--log-level", arguments.log_level)
      ->check(CLI::IsMember({"error", "warning", "notice", "info", "debug"}))
      ->capture_default_str();
  app.add_option("--log-format", arguments.log_format, "auto: see docs/journal.md")
      ->check(CLI::IsMember({"auto", "journal", "text", "json"}))
      ->capture_default_str();
  app.add_flag("--no-dashboard{false}", arguments.dashboard, "serve no page at /");
  app.add_flag("--version", arguments.version, "print which build this is");
}

namespace {

Result<void> read_key(const std::string& option, const std::string& file, HubOptions& options) {
  if (file.empty()) return {};
  auto key = config::read_secret_file(file);
  if (!key) return Error{Errc::InvalidArgument, option + " " + file + ": " + key.error().message};
  options.access_keys.push_back(std::move(*key));
  return {};
}

Result<void> add_event_handler(const std::string& text, HubOptions& options) {
  auto settings = webpubsub::hub::WebhookSettings::parse(text);
  if (!settings) return settings.error();
  options.event_handlers.push_back(std::move(*settings));
  return {};
}

/// A URL may hold a code that nobody else is to see: then it comes from a file.
Result<void> add_event_handlers(const std::string& argument, HubOptions& options) {
  if (!argument.starts_with('@')) return add_event_handler(argument, options);
  const std::string file = argument.substr(1);
  auto text = config::read_file(file, config::kMaxSecretBytes);
  if (!text) {
    return Error{Errc::InvalidArgument, "--event-handler @" + file + ": " + text.error().message};
  }
  std::istringstream lines(*text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    if (auto added = add_event_handler(line, options); !added) {
      return Error{Errc::InvalidArgument,
                   file + ":" + std::to_string(number) + ": " + added.error().message};
    }
  }
  return {};
}

/// As the section hub.limits of the gateway's configuration, whose reader does the work.
Result<void> set_limits(const std::vector<std::string>& limits, HubOptions& options) {
  if (limits.empty()) return {};
  std::string text = "hub:\n  limits:\n";
  for (const std::string& limit : limits) {
    const auto equals = limit.find('=');
    if (equals == std::string::npos || limit.find('\n') != std::string::npos) {
      return Error{Errc::InvalidArgument, "--limit: NAME=VALUE expected; got '" + limit + "'"};
    }
    text += "    " + limit.substr(0, equals) + ": " + limit.substr(equals + 1) + "\n";
  }
  auto loaded = config::load_text(text, "--limit", config::system_environment());
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    return Error{Errc::InvalidArgument, "--limit: " + problems->front().message};
  }
  options.limits = std::get<Settings>(loaded).hub.limits;
  return {};
}

}  // namespace

Result<HubOptions> hub_options(const HubArguments& arguments) {
  const auto listen = config::parse_listen_address(arguments.listen);
  if (!listen) {
    return Error{Errc::InvalidArgument,
                 "--listen: an address such as 127.0.0.1:8080 or [::1]:8080 expected; got '" +
                     arguments.listen + "'"};
  }
  HubOptions options{
      .address = listen->address,
      .port = listen->port,
      .tls = {.certificate_file = arguments.tls_certificate, .key_file = arguments.tls_key},
      .dashboard = arguments.dashboard,
      .dashboard_hub = arguments.hub,
      .dashboard_groups = arguments.groups,
      .command_user = arguments.command_user,
      .webhook_tls = {.ca_file = arguments.event_handler_ca}};
  if (auto read = read_key("--access-key-file", arguments.access_key_file, options); !read) {
    return read.error();
  }
  if (auto read =
          read_key("--secondary-access-key-file", arguments.secondary_access_key_file, options);
      !read) {
    return read.error();
  }
  for (const std::string& handler : arguments.event_handlers) {
    if (auto added = add_event_handlers(handler, options); !added) return added.error();
  }
  options.cors_origins = arguments.cors_origins;
  if (arguments.negotiate == "network") options.negotiate = HubOptions::Negotiate::Network;
  if (auto set = set_limits(arguments.limits, options); !set) return set.error();
  return options;
}

}  // namespace gateway
