// webpubsub-gateway: the command line.

#include <iostream>

#include <CLI/CLI.hpp>

#include "base/units.h"
#include "config/load.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/log_sinks.h"
#include "daemon/verbs/check.h"
#include "daemon/verbs/demo.h"
#include "daemon/verbs/devices.h"
#include "daemon/verbs/diag.h"
#include "daemon/verbs/explain.h"
#include "daemon/verbs/log_level.h"
#include "daemon/verbs/queue.h"
#include "daemon/verbs/reload.h"
#include "daemon/verbs/run.h"
#include "daemon/verbs/schema.h"
#include "daemon/verbs/status.h"
#include "daemon/verbs/trace.h"
#include "daemon/verbs/unit_environment.h"
#include "daemon/verbs/version.h"

namespace {

using namespace gateway;  // NOLINT(google-build-using-namespace): the program itself

constexpr const char* kDefaultFile = "/etc/webpubsub-gateway/gateway.yaml";

/// An option that takes "30s", "500ms" or "1h".
CLI::Option* add_duration(CLI::App& app, const std::string& name,
                          std::optional<std::chrono::microseconds>& value,
                          const std::string& help) {
  const auto read = [&value](const std::vector<std::string>& texts) {
    const auto parsed = webpubsub::parse_duration(texts.front());
    if (!parsed) throw CLI::ValidationError(parsed.error().message);
    value = *parsed;
    return true;
  };
  return app.add_option(name, read, help)->type_name("DURATION");
}

/// An option that takes "2/s" or "10/m".
CLI::Option* add_rate(CLI::App& app, const std::string& name, double& value,
                      const std::string& help) {
  const auto read = [&value](const std::vector<std::string>& texts) {
    const auto parsed = webpubsub::parse_rate(texts.front());
    if (!parsed) throw CLI::ValidationError(parsed.error().message);
    value = *parsed;
    return true;
  };
  return app.add_option(name, read, help)->type_name("RATE")->default_str("2/s");
}

/// Where the running gateway is asked.
void add_place(CLI::App& app, ControlPlace& place) {
  app.add_option("--instance", place.instance, "That of webpubsub-gateway@SITE")->type_name("SITE");
  app.add_option("--socket", place.socket, "Its control socket; default: the service's")
      ->type_name("PATH");
}

struct CommandLine {
  CLI::App app{"Bridges local MQTT devices to Azure Web PubSub, and commands back.",
               "webpubsub-gateway"};
  std::string file = kDefaultFile;
  std::string unit{};
  std::string log_format{};
  DemoOptions demo_options{};
  DevicesOptions devices_options{};
  ExplainOptions explain_options{};
  StatusOptions status_options{};
  QueueOptions queue_options{};
  TraceOptions trace_options{};
  ReloadOptions reload_options{};
  DiagOptions diag_options{};
  LogLevelOptions log_level_options{};
  std::string control_socket{};
  bool json = false;
  int exit_code = exit_code::kOk;

  CommandLine() {
    app.require_subcommand(1);
    app.footer("Example: webpubsub-gateway run --config gateway.yaml");
    add_run();
    add_check();
    add_explain();
    add_demo();
    add_devices();
    add_status();
    add_queue();
    add_trace();
    add_reload();
    add_log_level();
    add_diag();
    add_schema();
    add_version();
  }

  void add_run() {
    auto* verb = app.add_subcommand("run", "Run the gateway in the foreground");
    verb->add_option("-c,--config", file, "Configuration file")->capture_default_str();
    verb->add_option("--log-format", log_format, "auto, journal, text or json; default: log.format")
        ->check(CLI::IsMember({"auto", "journal", "text", "json"}));
    verb->add_option("--control-socket", control_socket, "Where status and others ask it")
        ->type_name("PATH");
    verb->footer("Example: webpubsub-gateway run --config gateway.yaml");
    verb->callback([this] { exit_code = run(file, parse_log_format(log_format), control_socket); });
  }

  void add_check() {
    auto* verb = app.add_subcommand("check", "Check a configuration and print what is in effect");
    verb->add_option("file,-c,--config", file, "Configuration file")->capture_default_str();
    verb->add_option("--unit", unit, "In the environment of this service, which runs")
        ->type_name("UNIT");
    verb->footer("Example: webpubsub-gateway check gateway.yaml");
    verb->callback([this] {
      const auto environment = unit.empty() ? config::system_environment() : unit_environment(unit);
      exit_code = check(file, environment, std::cout, std::cerr);
    });
  }

  void add_explain() {
    auto& options = explain_options;
    auto* verb = app.add_subcommand("explain", "Show what each rule makes of a message or command");
    verb->add_option("-c,--config", file, "Configuration file")->capture_default_str();
    auto* topic = verb->add_option("--topic", options.topic, "Its topic")->type_name("TOPIC");
    verb->add_option("--payload", options.payload, "Its payload; @FILE, or - for standard input")
        ->type_name("TEXT");
    verb->add_option("--qos", options.qos, "0, 1 or 2")
        ->check(CLI::Range(0, 2))
        ->type_name("N")
        ->capture_default_str();
    verb->add_flag("--retained", options.retained, "As one that the broker had kept");
    verb->add_option("--command", options.command, "A message of the service; @FILE or - as well")
        ->excludes(topic)
        ->type_name("JSON");
    verb->add_option("--from", options.from, "That came from server, invoke or group:NAME")
        ->type_name("SOURCE")
        ->capture_default_str();
    verb->add_flag("--json", options.json, "As a JSON object");
    verb->footer("Example: webpubsub-gateway explain --topic sensors/a/d1 --payload 21.5");
    verb->callback([this] {
      if (explain_options.topic.empty() && explain_options.command.empty()) {
        throw CLI::RequiredError("--topic or --command");
      }
      explain_options.config = file;
      exit_code =
          explain(explain_options, config::system_environment(), std::cin, std::cout, std::cerr);
    });
  }

  void add_demo() {
    auto* verb = app.add_subcommand("demo", "Show it all: broker, devices, gateway, dashboard");
    verb->add_option("--port", demo_options.port, "Port of the dashboard; 0: any free one")
        ->capture_default_str();
    verb->add_option("--devices", demo_options.devices, "Simulated devices")
        ->check(CLI::Range(1, 500))
        ->capture_default_str();
    add_rate(*verb, "--rate", demo_options.rate, "Readings of each device");
    add_duration(*verb, "--for", demo_options.duration, "End after this time; default: Ctrl-C");
    verb->footer("Example: webpubsub-gateway demo --for 30s");
    verb->callback([this] { exit_code = demo(demo_options); });
  }

  void add_devices() {
    auto* verb = app.add_subcommand("devices", "Simulate devices on a broker");
    verb->add_option("--broker", devices_options.broker, "mqtt://HOST[:PORT]")
        ->capture_default_str();
    verb->add_option("--devices", devices_options.devices, "How many")
        ->check(CLI::Range(1, 500))
        ->capture_default_str();
    add_rate(*verb, "--rate", devices_options.rate, "Readings of each device");
    add_duration(*verb, "--duration", devices_options.duration,
                 "End after this time; default: Ctrl-C");
    verb->footer("Example: webpubsub-gateway devices --broker mqtt://localhost --devices 20");
    verb->callback([this] { exit_code = devices(devices_options); });
  }

  void add_status() {
    auto* verb = app.add_subcommand("status", "Show links, rules, queues of the running gateway");
    verb->add_flag("--watch", status_options.watch, "Again every two seconds, until Ctrl-C");
    verb->add_flag("--json", status_options.json, "As a JSON object");
    add_place(*verb, status_options.place);
    verb->footer("Example: webpubsub-gateway status --watch");
    verb->callback([this] { exit_code = status(status_options); });
  }

  void add_queue() {
    auto* verb = app.add_subcommand("queue", "Show, export, send or purge what waits");
    verb->add_option("action", queue_options.action, "list, peek, export, drain or purge")
        ->required()
        ->check(CLI::IsMember({"list", "peek", "export", "drain", "purge"}));
    verb->add_option("rule", queue_options.rule, "Of peek, drain and purge, or export: its");
    verb->add_flag("--quarantine", queue_options.quarantine, "Batches that were given up instead");
    verb->add_option("--limit", queue_options.limit, "Of peek: how many of each place")
        ->check(CLI::Range(1, 1'000))
        ->type_name("N")
        ->capture_default_str();
    add_duration(*verb, "--timeout", queue_options.timeout, "Of drain: at most; default: 5m");
    verb->add_flag("--json", queue_options.json, "Of list: as a JSON object");
    add_place(*verb, queue_options.place);
    verb->footer("Example: webpubsub-gateway queue export meters > meters.jsonl");
    verb->callback([this] { exit_code = queue(queue_options); });
  }

  void add_trace() {
    auto* verb = app.add_subcommand("trace", "Watch what becomes of a rule's readings");
    verb->add_option("--rule", trace_options.rule, "Its name")->required()->type_name("NAME");
    verb->add_option("--count", trace_options.count, "End after so many; default: Ctrl-C")
        ->check(CLI::Range(1, 1'000'000'000))
        ->type_name("N");
    verb->add_flag("--payload", trace_options.payload, "With the beginning of each payload");
    verb->add_flag("--json", trace_options.json, "Each as a JSON object on a line");
    add_place(*verb, trace_options.place);
    verb->footer("Example: webpubsub-gateway trace --rule meters --payload");
    verb->callback([this] { exit_code = trace(trace_options); });
  }

  void add_reload() {
    auto* verb = app.add_subcommand("reload", "Let the running gateway read its configuration");
    verb->add_flag("--json", reload_options.json, "The report as a JSON object");
    add_place(*verb, reload_options.place);
    verb->footer("Example: webpubsub-gateway reload");
    verb->callback([this] { exit_code = reload(reload_options); });
  }

  void add_log_level() {
    auto* verb = app.add_subcommand("log-level", "Change how much the running gateway logs");
    verb->add_option("level", log_level_options.level, "error, warning, notice, info or debug")
        ->required()
        ->check(CLI::IsMember({"error", "warning", "notice", "info", "debug"}));
    add_duration(*verb, "--for", log_level_options.duration,
                 "Then back to the usual level; default: stays");
    add_place(*verb, log_level_options.place);
    verb->footer("Example: webpubsub-gateway log-level debug --for 10m");
    verb->callback([this] { exit_code = log_level(log_level_options); });
  }

  void add_diag() {
    auto* verb = app.add_subcommand("diag", "Collect what a bug report needs, without secrets");
    verb->add_option("-o,--output", diag_options.output, "A new file; default: standard output")
        ->type_name("FILE");
    verb->add_option("--journal-lines", diag_options.journal_lines, "Latest lines of the journal")
        ->check(CLI::Range(0, 100'000))
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("-c,--config", diag_options.config, "Default: that of the service or instance")
        ->type_name("FILE");
    add_place(*verb, diag_options.place);
    verb->footer("Example: webpubsub-gateway diag --output gateway-diag.txt");
    verb->callback([this] { exit_code = diag(diag_options); });
  }

  void add_schema() {
    auto* verb = app.add_subcommand("schema", "Print the JSON Schema of the configuration");
    verb->footer("Example: webpubsub-gateway schema > webpubsub-gateway.schema.json");
    verb->callback([this] { exit_code = schema(std::cout); });
  }

  void add_version() {
    auto* verb = app.add_subcommand("version", "Print the version");
    verb->add_flag("--json", json, "As a JSON object");
    verb->footer("Example: webpubsub-gateway version --json");
    verb->callback([this] { exit_code = version("webpubsub-gateway", json, std::cout); });
  }
};

}  // namespace

// What gets here as an exception is a defect: an abort tells more about it than an exit code.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  CommandLine command_line;
  try {
    command_line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool fine = command_line.app.exit(error) == 0;
    return fine ? gateway::exit_code::kOk : gateway::exit_code::kUsage;
  }
  return command_line.exit_code;
}
