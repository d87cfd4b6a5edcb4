// webpubsub-hub: the embedded hub alone, for developing against Web PubSub without a network.

#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/secret.h"
#include "config/addresses.h"
#include "config/files.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/level_control.h"
#include "daemon/logging/log_sinks.h"
#include "daemon/logging/words.h"
#include "daemon/service_manager.h"
#include "daemon/signals.h"
#include "daemon/verbs/version.h"
#include "hub/hub.h"
#include "net/event_loop.h"

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Log;
using webpubsub::LogLevel;
using webpubsub::Result;
using webpubsub::hub::Hub;
using webpubsub::hub::HubOptions;

constexpr const char* kProgram = "webpubsub-hub";
constexpr auto kLogFlushInterval = std::chrono::seconds(5);
constexpr auto kSpeakUpTime = std::chrono::minutes(10);

struct Arguments {
  std::string listen = "127.0.0.1:8080";
  std::string hub = "telemetry";
  std::string access_key_file{};
  std::string tls_certificate{};
  std::string tls_key{};
  std::vector<std::string> groups{"*"};
  std::string command_user{};
  std::vector<std::string> event_handlers{};
  std::string event_handler_ca{};
  std::string secondary_access_key_file{};
  std::string log_level = "info";
  std::string log_format = "auto";
  bool dashboard = true;
  bool version = false;
};

void declare(CLI::App& app, Arguments& arguments) {
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
  app.add_option("--log-level", arguments.log_level)
      ->check(CLI::IsMember({"error", "warning", "notice", "info", "debug"}))
      ->capture_default_str();
  app.add_option("--log-format", arguments.log_format, "auto: see docs/journal.md")
      ->check(CLI::IsMember({"auto", "journal", "text", "json"}))
      ->capture_default_str();
  app.add_flag("--no-dashboard{false}", arguments.dashboard, "serve no page at /");
  app.add_flag("--version", arguments.version, "print which build this is");
}

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

Result<HubOptions> hub_options(const Arguments& arguments) {
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
  return options;
}

/// The well-known key is no secret and makes a line to copy; a key of the user's own is never
/// shown.
void print_addresses(const Hub& hub, const Arguments& arguments) {
  if (arguments.dashboard) std::cout << "dashboard:         " << hub.endpoint() << "/\n";
  std::cout << "connection string: ";
  if (arguments.access_key_file.empty()) {
    std::cout << hub.connection_string().reveal() << '\n';
  } else {
    std::cout << "Endpoint=" << hub.endpoint() << ";AccessKey=...;Version=1.0;  (the key is in "
              << arguments.access_key_file << ")\n";
  }
  std::cout.flush();
}

int exit_code_for(const Error& error) {
  switch (error.code) {
    case Errc::Io:
      return exit_code::kCannotCreate;
    case Errc::InvalidArgument:
    case Errc::NotFound:
    case Errc::ResourceExhausted:
      return exit_code::kConfiguration;
    default:
      return exit_code::kInternal;
  }
}

/// Everything from the loop to the end of it. Errors: those of the parts.
Result<void> serve(const Arguments& arguments, Log& log) {
  auto options = hub_options(arguments);
  if (!options) return options.error();
  if (auto blocked = block_signals(); !blocked) return blocked.error();
  auto loop = webpubsub::net::EventLoop::create(log);
  if (!loop) return loop.error();
  const auto stop = [&loop] { (*loop)->stop(); };
  LevelControl level(**loop, log);
  const auto speak_up = [&level] { level.set_level(LogLevel::Debug, kSpeakUpTime); };
  auto signals =
      Signals::listen(**loop, {.stop = stop, .stop_now = stop, .speak_up = speak_up}, log);
  if (!signals) return signals.error();
  auto hub = Hub::start(**loop, std::move(*options), log);
  if (!hub) return hub.error();
  webpubsub::net::Timer log_flush(**loop, [&] {
    log.flush(webpubsub::steady_now());
    log_flush.start_after(kLogFlushInterval);
  });
  log_flush.start_after(kLogFlushInterval);

  ServiceManager manager(**loop, log);
  print_addresses(**hub, arguments);
  manager.ready("serving at " + (*hub)->endpoint());
  manager.watch([] { return std::nullopt; });
  (*loop)->run();
  manager.stopping("stopping");
  return {};
}

int hub_main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_code::kOk : exit_code::kUsage;
  }
  if (arguments.version) return version(kProgram, false, std::cout);

  const auto sink =
      make_log_sink(parse_log_format(arguments.log_format).value_or(LogFormat::Auto), kProgram);
  Log log(*sink, parse_level(arguments.log_level).value_or(LogLevel::Info));
  const Result<void> served = serve(arguments, log);
  if (served) return exit_code::kOk;
  log.write(LogLevel::Error, "hub.failed", served.error().message);
  return exit_code_for(served.error());
}

}  // namespace
}  // namespace gateway

// What gets here as an exception is a defect: an abort tells more about it than an exit code.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return gateway::hub_main(argc, argv); }
