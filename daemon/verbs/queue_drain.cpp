#include "daemon/verbs/queue_drain.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <optional>
#include <string_view>

#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "daemon/verbs/queue_question.h"

namespace gateway {
namespace {

using webpubsub::steady_now;
using webpubsub::TimePoint;

constexpr auto kAway = std::chrono::seconds(10);  // for so long a link may take to come back
// An answer comes at once. A gateway that hangs is not to keep the program longer than it may take;
// but even at the end it gets the time for one.
constexpr std::chrono::milliseconds kLongestAnswer{10'000};
constexpr std::chrono::milliseconds kShortestLimit{2'000};
constexpr long kInterval = 250'000'000;  // nanoseconds between looks

std::string readings(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " reading" : " readings");
}

/// One line on a terminal, written over and over; nothing elsewhere.
class Progress {
 public:
  ~Progress() { clear(); }
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const std::string& text) {
    if (!is_terminal_) return;
    const auto before = width_;
    width_ = text.size();
    std::cerr << '\r' << text << std::string(before > width_ ? before - width_ : 0, ' ')
              << std::flush;
  }
  void clear() {
    if (width_ == 0) return;
    std::cerr << '\r' << std::string(width_, ' ') << '\r' << std::flush;
    width_ = 0;
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::size_t width_ = 0;
};

class Drain {
 public:
  Drain(const ControlPlace& place, const std::string& rule, std::chrono::microseconds timeout)
      : place_(place), rule_(rule), timeout_(timeout), deadline_(steady_now() + timeout) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  int run() {
    if (!ask(false)) return code_;
    auto patience = std::chrono::seconds(0);  // none with a service that is away to begin with
    auto online_at = steady_now();
    while (state_ == "running") {
      const auto now = steady_now();
      if (online_) {
        online_at = now;
        patience = kAway;
      } else if (now - online_at >= patience) {
        return give_up("the service is away");
      }
      if (now >= deadline_) {
        return give_up("not done within " + webpubsub::format_duration(timeout_));
      }
      progress_.show(readings(sent_) + " sent, " + std::to_string(waiting_) + " to go");
      if (!pause()) return give_up("interrupted");
      if (!ask(false)) return code_;
    }
    return told("the gateway ended it");
  }

 private:
  /// What the gateway says now goes into the members. False: the exit code is in code_.
  bool ask(bool end) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - steady_now());
    const QueueQuestion question(
        place_,
        {.action = QueueRequest::Action::Drain, .rule = rule_, .drain = number_, .end = end},
        std::clamp(left, kShortestLimit, kLongestAnswer));
    code_ = question.exit_code();
    if (code_ != exit_code::kOk) return false;
    const auto& data = question.data();
    number_ = data["drain"].GetUint64();
    state_ = data["state"].GetString();
    online_ = data["online"].GetBool();
    if (state_ == "replaced") return true;  // the figures of before are the last there are
    sent_ = data["sent"].GetUint64();
    waiting_ = data["waiting"].GetUint64();
    return true;
  }

  bool pause() const {
    const timespec time{.tv_sec = 0, .tv_nsec = kInterval};
    return sigtimedwait(&signals_, nullptr, &time) < 0;
  }

  int give_up(const std::string& why) {
    if (!ask(true)) return code_;
    return told(why);
  }

  int told(const std::string& why) {
    if (state_ == "done") return all_sent();
    return failed(state_ == "replaced" ? "another drain of this rule began" : why);
  }

  int failed(const std::string& why) {
    progress_.clear();
    std::cerr << "webpubsub-gateway: " << why << ": " << readings(sent_) << " sent";
    if (waiting_ > 0) std::cerr << ", " << waiting_ << " still wait";
    std::cerr << '\n';
    return exit_code::kTryAgain;
  }

  int all_sent() {
    progress_.clear();
    std::cout << readings(sent_) << " sent" << std::endl;
    return std::cout.good() ? exit_code::kOk : exit_code::kIo;
  }

  const ControlPlace& place_;
  const std::string& rule_;
  const std::chrono::microseconds timeout_;
  const TimePoint deadline_;
  sigset_t signals_{};
  Progress progress_{};
  int code_ = exit_code::kOk;
  std::uint64_t number_ = 0;
  std::string state_{};
  std::uint64_t sent_ = 0;
  std::uint64_t waiting_ = 0;
  bool online_ = false;
};

}  // namespace

int drain_queue(const ControlPlace& place, const std::string& rule,
                std::chrono::microseconds timeout) {
  return Drain(place, rule, timeout).run();
}

}  // namespace gateway
