// webpubsub-hub: the embedded hub alone, for developing against Web PubSub without a network.

#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "config/addresses.h"
#include "daemon/exit_codes.h"
#include "daemon/hub_program_arguments.h"
#include "daemon/hub_status.h"
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

constexpr const char* kProgram = "webpubsub-hub";
constexpr auto kLogFlushInterval = std::chrono::seconds(5);
constexpr auto kSpeakUpTime = std::chrono::minutes(10);

/// The well-known key is no secret and makes a line to copy; a key of the user's own is never
/// shown.
void print_addresses(const Hub& hub, const HubArguments& arguments) {
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
    case Errc::Unauthorized:
      return exit_code::kPermission;
    case Errc::InvalidArgument:
    case Errc::NotFound:
    case Errc::ResourceExhausted:
      return exit_code::kConfiguration;
    default:
      return exit_code::kInternal;
  }
}

/// Everything from the loop to the end of it. Errors: those of the parts.
Result<void> serve(const HubArguments& arguments, Log& log) {
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
  std::unique_ptr<HubStatus> status;
  if (!arguments.status.empty()) {
    auto started = HubStatus::start(**loop, arguments.status, **hub);
    if (!started) return started.error();
    status = std::move(*started);
  }
  webpubsub::net::Timer log_flush(**loop, [&] {
    log.flush(webpubsub::steady_now());
    log_flush.start_after(kLogFlushInterval);
  });
  log_flush.start_after(kLogFlushInterval);

  ServiceManager manager(**loop, log);
  print_addresses(**hub, arguments);
  if (status)
    std::cout << "metrics:           http://"
              << config::format_listen_address(
                     config::parse_listen_address(arguments.status)->address, status->port())
              << "/metrics" << std::endl;
  manager.ready("serving at " + (*hub)->endpoint());
  manager.watch([] { return std::nullopt; });
  (*loop)->run();
  manager.stopping("stopping");
  return {};
}

int hub_main(int argc, char** argv) {
  HubArguments arguments;
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
