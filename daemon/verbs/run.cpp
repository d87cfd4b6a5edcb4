#include "daemon/verbs/run.h"

#include <chrono>
#include <iostream>

#include "config/load.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/log_sinks.h"
#include "daemon/service.h"
#include "daemon/signals.h"
#include "daemon/verbs/check.h"
#include "daemon/verbs/control_request.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::LogLevel;

namespace {

constexpr const char* kProgram = "webpubsub-gateway";
constexpr std::size_t kMostProblems = 50;

/// Where people look: as `check` prints it on a terminal, else as entries of the log. What the
/// configuration says about the log is not known then.
void tell_problems(const std::vector<config::Problem>& problems, LogFormat format) {
  format = log_format_in_use(format);
  if (format == LogFormat::Text) {
    print_problems(problems, std::cerr);
    return;
  }
  // Nothing else waits.
  const auto sink = make_log_sink(format, kProgram, std::chrono::milliseconds(500));
  webpubsub::Log log(*sink, LogLevel::Info);
  for (std::size_t i = 0; i < problems.size() && i < kMostProblems; ++i) {
    log.write(LogLevel::Error, "config.invalid", problems[i].text());
  }
  const auto count = problems.size();
  log.write(LogLevel::Error, "gateway.start_failed",
            std::to_string(count) + (count == 1 ? " problem" : " problems") +
                " in the configuration" +
                (count > kMostProblems
                     ? ", of which the first " + std::to_string(kMostProblems) + " were told"
                     : ""));
}

}  // namespace

int exit_code_for(const webpubsub::Error& error) {
  switch (error.code) {
    case Errc::InvalidArgument:
    case Errc::NotFound:
      return exit_code::kConfiguration;
    case Errc::Io:
    case Errc::ResourceExhausted:
      return exit_code::kCannotCreate;
    case Errc::Unauthorized:
      return exit_code::kPermission;
    default:
      return exit_code::kInternal;
  }
}

int run(const std::filesystem::path& file, std::optional<LogFormat> log_format,
        const std::string& control_socket) {
  auto loaded = config::load(file, config::system_environment());
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    tell_problems(*problems, log_format.value_or(LogFormat::Auto));
    return exit_code_for_configuration(file);
  }
  auto& settings = std::get<Settings>(loaded);
  const auto sink = make_log_sink(log_format.value_or(settings.log.format), kProgram);
  webpubsub::Log log(*sink, settings.log.level);
  const auto give_up = [&](const webpubsub::Error& error) {
    log.write(LogLevel::Error, "gateway.start_failed", error.message);
    return exit_code_for(error);
  };
  if (auto blocked = block_signals(); !blocked) return give_up(blocked.error());
  auto loop = webpubsub::net::EventLoop::create(log);
  if (!loop) return give_up(loop.error());
  auto service = Service::create(**loop, std::move(settings), log);
  if (!service) return give_up(service.error());
  (*service)->reload_from([file] { return config::load(file, config::system_environment()); });
  if (const auto path = own_socket_path(control_socket); !path.empty()) {
    if (auto serving = (*service)->serve_control(path); !serving) return give_up(serving.error());
  }
  (*service)->run();
  return exit_code::kOk;
}

}  // namespace gateway
