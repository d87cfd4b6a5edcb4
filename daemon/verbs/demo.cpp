#include "daemon/verbs/demo.h"

#include <iostream>
#include <string>

#include "config/load.h"
#include "daemon/demo/private_broker.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/log_sinks.h"
#include "daemon/service.h"
#include "daemon/signals.h"
#include "daemon/simulator/device_simulator.h"
#include "daemon/status_text.h"
#include "daemon/verbs/check.h"
#include "daemon/verbs/run.h"

namespace gateway {

using webpubsub::LogLevel;

namespace {

/// What the demo runs on: a configuration like anybody's, read by the same loader.
std::string demo_configuration(const std::string& broker, std::uint16_t port) {
  return "gateway: {id: demo-gateway}\n"
         "mqtt: {broker: '" +
         broker +
         "'}\n"
         "hub: {listen: '127.0.0.1:" +
         std::to_string(port) +
         "'}\n"
         "rules:\n"
         "  - name: telemetry\n"
         "    topic: sensors/{site}/{device}/telemetry\n"
         "    group: site-{site}\n"
         "commands:\n"
         "  - name: device-command\n"
         "    from: server\n"
         "    when: {/type: command}\n"
         "    topic: devices/{/device}/commands/{/name}\n"
         "    payload: /args\n"
         "    allow: ['devices/+/commands/#']\n"
         "presence: {group: gateways, interval: 2s}\n"
         "status: {listen: 'off'}\n"
         "log: {level: warning, format: text}\n";
}

int fail(const webpubsub::Error& error) {
  std::cerr << "webpubsub-gateway demo: " << error.message << '\n';
  return exit_code_for(error);
}

/// Devices and gateway on one loop, until the time is over or a signal comes.
int run_on(const std::string& broker, Settings settings, const DemoOptions& options) {
  const auto sink = make_log_sink(settings.log.format, "webpubsub-gateway");
  webpubsub::Log log(*sink, settings.log.level);
  auto loop = webpubsub::net::EventLoop::create(log);
  if (!loop) return fail(loop.error());
  auto service = Service::create(**loop, std::move(settings), log);
  if (!service) return fail(service.error());
  auto simulator = DeviceSimulator::create(
      **loop, {.broker = broker, .devices = options.devices, .rate = options.rate}, log);
  if (!simulator) return fail(simulator.error());

  webpubsub::net::Timer end(**loop, [&] {
    (*simulator)->stop();
    (*service)->stop();
  });
  if (options.duration) end.start_after(*options.duration);
  (*simulator)->start();
  std::cout << "Dashboard: " << (*service)->gateway().hub_endpoint() << "/\n"
            << options.devices << " simulated devices on " << broker << "; "
            << (options.duration ? "ends by itself" : "Ctrl-C ends it") << std::endl;
  (*service)->run();
  for (const auto& rule : (*service)->gateway().snapshot().rules) {
    std::cout << conservation_line(rule) << std::endl;
  }
  return exit_code::kOk;
}

}  // namespace

int demo(const DemoOptions& options) {
  if (auto blocked = block_signals(); !blocked) return fail(blocked.error());
  auto broker = PrivateBroker::start();
  if (!broker) return fail(broker.error());
  const auto url = (*broker)->url();
  auto loaded = config::load_text(demo_configuration(url, options.port), "demo",
                                  config::system_environment());
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    print_problems(*problems, std::cerr);
    return exit_code::kInternal;
  }
  return run_on(url, std::move(std::get<Settings>(loaded)), options);
}

}  // namespace gateway
