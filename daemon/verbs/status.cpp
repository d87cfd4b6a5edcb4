#include "daemon/verbs/status.h"

#include <csignal>
#include <iostream>

#include <unistd.h>

#include "daemon/exit_codes.h"

namespace gateway {
namespace {

constexpr auto kLimit = std::chrono::seconds(10);
constexpr auto kInterval = std::chrono::seconds(2);
constexpr const char* kHome = "\x1b[H";
constexpr const char* kClearRestOfLine = "\x1b[K\n";
constexpr const char* kClearRestOfScreen = "\x1b[J";

int show_once(const StatusOptions& options, bool redraw) {
  const bool colour = !options.json && wants_colour();
  const auto answer = ask_or_explain(
      options.place, {.verb = ControlVerb::Status, .text = !options.json, .colour = colour},
      kLimit);
  if (answer.exit_code != exit_code::kOk) return answer.exit_code;
  if (options.json) {
    std::cout << answer.data << '\n';
  } else {
    const std::string text = terminal_text(json_text(answer.data), colour);
    if (redraw) {
      // Over what stands there, line by line: clearing first would flicker.
      std::string frame = kHome;
      for (const char c : text)
        frame += c == '\n' ? std::string(kClearRestOfLine) : std::string(1, c);
      std::cout << frame << kClearRestOfScreen;
    } else {
      std::cout << text;
    }
  }
  std::cout.flush();
  return std::cout.good() ? exit_code::kOk : exit_code::kIo;
}

/// Waits for the next turn; false when TERM or INT came instead.
bool wait_for_turn(const sigset_t& signals) {
  const timespec time{.tv_sec = kInterval.count(), .tv_nsec = 0};
  return sigtimedwait(&signals, nullptr, &time) < 0;
}

int watch(const StatusOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const bool redraw = !options.json && ::isatty(STDOUT_FILENO) == 1;
  if (redraw) std::cout << kHome << kClearRestOfScreen;
  int code = exit_code::kOk;
  do {
    code = show_once(options, redraw);
    // A gateway that restarts is worth waiting for; a closed pipe, or no permission, is not.
  } while (
      (code == exit_code::kOk || code == exit_code::kUnavailable || code == exit_code::kTryAgain) &&
      wait_for_turn(signals));
  return code;
}

}  // namespace

int status(const StatusOptions& options) {
  return options.watch ? watch(options) : show_once(options, false);
}

}  // namespace gateway
