#include "daemon/verbs/devices.h"

#include <iostream>

#include "base/units.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/log_sinks.h"
#include "daemon/signals.h"
#include "daemon/simulator/device_simulator.h"
#include "daemon/verbs/run.h"

namespace gateway {

namespace {

int fail(const webpubsub::Error& error) {
  std::cerr << "webpubsub-gateway devices: " << error.message << '\n';
  return exit_code_for(error);
}

void print(const SimulatorCounters& counters) {
  std::cout << counters.published << " readings published, " << counters.not_published
            << " not published, " << counters.commands << " commands obeyed, "
            << counters.refused_commands << " refused" << std::endl;
}

}  // namespace

int devices(const DevicesOptions& options) {
  const auto sink = make_log_sink(LogFormat::Text, "webpubsub-gateway");
  webpubsub::Log log(*sink, webpubsub::LogLevel::Warning);
  if (auto blocked = block_signals(); !blocked) return fail(blocked.error());
  auto loop = webpubsub::net::EventLoop::create(log);
  if (!loop) return fail(loop.error());
  auto simulator = DeviceSimulator::create(
      **loop, {.broker = options.broker, .devices = options.devices, .rate = options.rate}, log);
  if (!simulator) return fail(simulator.error());

  const auto end = [&] { (*simulator)->stop([&](const auto&) { (*loop)->stop(); }); };
  auto signals = Signals::listen(**loop, {.stop = end, .stop_now = [&] { (*loop)->stop(); }}, log);
  if (!signals) return fail(signals.error());
  webpubsub::net::Timer timer(**loop, end);
  if (options.duration) timer.start_after(*options.duration);

  (*simulator)->start();
  std::cout << options.devices << " simulated devices on " << options.broker << ", "
            << webpubsub::format_rate(options.rate) << " each; "
            << (options.duration ? "ends by itself" : "Ctrl-C ends it") << std::endl;
  (*loop)->run();
  const auto counters = (*simulator)->counters();
  print(counters);
  return counters.published > 0 ? exit_code::kOk : exit_code::kUnavailable;
}

}  // namespace gateway
