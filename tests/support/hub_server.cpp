// The embedded hub as a program, for tests in other languages and for measurements.
//
// It listens on a free port, prints one line of JSON with its endpoint and connection string, and
// ends when its standard input closes or on SIGTERM. Its counters go out as a last line.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "hub/connection.h"
#include "hub/event_handler.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "webpubsub/protocol/json_text.h"

namespace {

using namespace webpubsub;

constexpr std::string_view kUsage =
    "hub_server [--address A] [--port N] [--dashboard-group G]... [--command-user U]\n"
    "           [--max-queued-bytes N] [--no-event-handler] [--access-key KEY]...\n"
    "           [--event-handler SETTINGS]... [--webhook-retry-ms N] [--webhook-timeout-ms N]\n";

class StderrSink : public LogSink {
 public:
  void write(const LogRecord& record) override {
    std::cerr << record.event << ": " << record.message;
    for (const LogField& field : record.fields) std::cerr << ' ' << field.key << '=' << field.value;
    std::cerr << '\n';
  }
};

/// Answers each event as its name asks for: "fail" fails, "silent" succeeds without a word,
/// everything else comes back.
class EchoHandler : public hub::EventHandler {
 public:
  void on_user_event(const hub::ClientEvent& event, hub::EventResponder respond) override {
    if (event.event == "fail" || event.data.bytes == "fail") return respond({.success = false});
    if (event.event == "silent") return respond({});
    respond({.data = event.data});
  }
};

struct Arguments {
  hub::HubOptions options{.port = 0};
  bool event_handler = true;
};

bool parse(const std::vector<std::string>& words, Arguments& arguments) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--no-event-handler") {
      arguments.event_handler = false;
      continue;
    }
    if (i + 1 == words.size()) return false;
    const std::string& value = words[i + 1];
    if (words[i] == "--address") {
      arguments.options.address = value;
    } else if (words[i] == "--port") {
      arguments.options.port = static_cast<std::uint16_t>(std::atoi(value.c_str()));
    } else if (words[i] == "--dashboard-group") {
      arguments.options.dashboard_groups.push_back(value);
    } else if (words[i] == "--command-user") {
      arguments.options.command_user = value;
    } else if (words[i] == "--access-key") {
      arguments.options.access_keys.emplace_back(value);
    } else if (words[i] == "--event-handler") {
      auto settings = hub::WebhookSettings::parse(value);
      if (!settings) return false;
      arguments.options.event_handlers.push_back(std::move(*settings));
    } else if (words[i] == "--webhook-retry-ms") {
      const std::chrono::milliseconds wait(std::atoi(value.c_str()));
      arguments.options.webhook_limits.retry_waits.assign(3, wait);
      arguments.options.webhook_limits.validation_retry = wait;
    } else if (words[i] == "--webhook-timeout-ms") {
      arguments.options.webhook_limits.timeout =
          std::chrono::milliseconds(std::atoi(value.c_str()));
    } else if (words[i] == "--max-queued-bytes") {
      arguments.options.limits.max_queued_bytes =
          static_cast<std::size_t>(std::atoll(value.c_str()));
    } else {
      return false;
    }
    ++i;
  }
  return true;
}

std::string as_json(const hub::Hub& server) {
  std::string line = "{\"endpoint\":";
  append_json_string(line, server.endpoint());
  line += ",\"port\":" + std::to_string(server.port()) + ",\"connectionString\":";
  append_json_string(line, server.connection_string().reveal());
  return line + "}";
}

std::string as_json(const hub::HubCounters& counters) {
  return "{\"connections\":" + std::to_string(counters.connections) +
         ",\"connectionsTotal\":" + std::to_string(counters.connections_total) +
         ",\"messagesIn\":" + std::to_string(counters.messages_in) +
         ",\"deliveries\":" + std::to_string(counters.deliveries) +
         ",\"rejectedHandshakes\":" + std::to_string(counters.rejected_handshakes) +
         ",\"malformedFrames\":" + std::to_string(counters.malformed_frames) +
         ",\"slowClientsClosed\":" + std::to_string(counters.slow_clients_closed) +
         ",\"webhookEvents\":" + std::to_string(counters.webhook_events) +
         ",\"webhookFailures\":" + std::to_string(counters.webhook_failures) +
         ",\"webhookRetries\":" + std::to_string(counters.webhook_retries) + "}";
}

/// A descriptor that becomes readable when the process is asked to end.
int open_stop_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int serve(const Arguments& arguments) {
  StderrSink sink;
  Log log(sink, LogLevel::Info);
  auto loop = net::EventLoop::create(log);
  if (!loop) {
    std::cerr << loop.error().message << '\n';
    return EXIT_FAILURE;
  }
  net::EventLoop& events = **loop;

  const auto stop_signal =
      net::FdWatcher::watch(events, open_stop_signal(), [&] { events.stop(); });
  const int input = dup(STDIN_FILENO);
  const auto end_of_input = net::FdWatcher::watch(events, input, [&] {
    char ignored[256];
    if (read(input, ignored, sizeof ignored) <= 0) events.stop();
  });
  if (!stop_signal || !end_of_input) return EXIT_FAILURE;

  EchoHandler echo;
  auto server = hub::Hub::start(events, arguments.options, log);
  if (!server) {
    std::cerr << server.error().message << '\n';
    return EXIT_FAILURE;
  }
  if (arguments.event_handler) (*server)->set_event_handler(&echo);
  std::cout << as_json(**server) << std::endl;
  events.run();
  std::cout << as_json((*server)->counters()) << std::endl;
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse({argv + 1, argv + argc}, arguments)) {
    std::cerr << kUsage;
    return 64;
  }
  return serve(arguments);
}
