#include "daemon/status_screen.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "daemon/build_info.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"
#include "daemon/status_text.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kWidth = 80;
constexpr std::size_t kName = 20;    // the first column
constexpr std::size_t kNumber = 11;  // each of the others

std::string cut(std::string text, std::size_t width) {
  if (text.size() <= width) return text;
  text.resize(width - 3);
  // Not in the middle of a character: its first byte is no continuation.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.pop_back();
  return text + "...";
}

std::string left(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : " " + text;
}

std::string right(std::uint64_t value) { return right(std::to_string(value), kNumber); }

class Screen {
 public:
  explicit Screen(bool colour) : colour_(colour) {}

  void line(const std::string& text) { text_ += text + '\n'; }
  void heading(const std::string& text) { text_ += '\n' + paint(text, "1") + '\n'; }
  std::string good(const std::string& text) const { return paint(text, "32"); }
  std::string bad(const std::string& text) const { return paint(text, "31"); }
  std::string strong(const std::string& text) const { return paint(text, "1"); }
  std::string take() { return std::move(text_); }

 private:
  std::string paint(const std::string& text, const char* code) const {
    return colour_ ? std::string("\x1b[") + code + 'm' + text + "\x1b[0m" : text;
  }
  bool colour_;
  std::string text_{};
};

/// A name in the first column; one that is too long for it has a line of its own.
std::string name_column(Screen& screen, const std::string& name) {
  const std::string shown = "  " + cut(printable(name), kWidth - 2);
  if (shown.size() < kName) return left(shown, kName);
  screen.line(shown);
  return std::string(kName, ' ');
}

void show_head(Screen& screen, const GatewaySnapshot& snapshot) {
  const bool running = snapshot.state == RunState::Running;
  const std::string state(state_name(snapshot.state));
  screen.line(screen.strong(printable(snapshot.gateway_id)) + "  " +
              (running ? screen.good(state) : screen.bad(state)) + " for " +
              rough_duration(snapshot.uptime) + "  (version " + std::string(build_info().version) +
              ")");
}

std::string link_story(const LinkSnapshot& link) {
  std::string words;
  if (!link.up) {
    words = "for " + rough_duration(link.down_for);
    if (link.retry_in) words += ", next try in " + rough_duration(*link.retry_in);
    if (!link.last_error.empty()) words += ": " + printable(link.last_error);
    return words;
  }
  if (link.heard_ago) words = "heard " + rough_duration(*link.heard_ago) + " ago, ";
  if (link.unanswered > 0) {
    words += std::to_string(link.unanswered) + " unanswered for up to " +
             rough_duration(link.oldest_unanswered) + ", ";
  }
  words += "lost " + std::to_string(link.disconnects) + " times since the start";
  if (link.down_total > milliseconds(0)) words += ", away for " + rough_duration(link.down_total);
  return words;
}

std::string close_story(const LastClose& close) {
  const std::string kind =
      close.name.empty() ? close.reason : std::to_string(close.code) + ", " + close.name;
  return "last lost at " + utc_timestamp(close.at) + ": " + kind;
}

void show_links(Screen& screen, const GatewaySnapshot& snapshot) {
  screen.heading("Links");
  std::size_t name_width = 8;
  for (const LinkSnapshot& link : snapshot.links) {
    name_width = std::max(name_width, link.name.size() + 2);
  }
  for (const LinkSnapshot& link : snapshot.links) {
    const auto word = left(std::string(state_name(link)), 8);
    const std::string state = link.up ? screen.good(word) : screen.bad(word);
    screen.line("  " + left(printable(link.name), name_width) + state +
                cut(link_story(link), kWidth - 10 - name_width));
    if (link.last_close) {
      const std::string indent(2 + name_width, ' ');
      screen.line(cut(indent + close_story(*link.last_close), kWidth));
      screen.line(cut(indent + printable(link.last_close->words), kWidth));
    }
  }
}

std::string reasons(const Tally& tally) {
  std::string words;
  for (const auto& [reason, count] : tally) {
    if (count > 0) words += (words.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  }
  return words;
}

/// `words` after `title`, on as many lines as they take, broken after commas.
void show_wrapped(Screen& screen, const std::string& title, std::string_view words) {
  std::string line = title;
  while (!words.empty()) {
    const auto comma = words.find(", ");
    const auto part = words.substr(0, comma == std::string_view::npos ? comma : comma + 1);
    if (line.size() > title.size() && line.size() + part.size() + 1 > kWidth) {
      screen.line(line);
      line = std::string(title.size(), ' ');
    }
    line += ' ';
    line += part;
    words.remove_prefix(std::min(words.size(), part.size() + 1));
  }
  screen.line(line);
}

void show_rules(Screen& screen, const GatewaySnapshot& snapshot) {
  screen.heading(left("Rules", kName) + right("received", kNumber) + right("forwarded", kNumber) +
                 right("filtered", kNumber) + right("dropped", kNumber) +
                 right("pending", kNumber));
  if (snapshot.rules.empty()) screen.line("  none");
  for (const RuleSnapshot& rule : snapshot.rules) {
    const std::string name = name_column(screen, rule.name);
    screen.line(name + right(rule.received) + right(rule.forwarded) + right(rule.filtered) +
                right(rule.dropped_total()) + right(rule.pending) +
                (rule.adds_up() ? screen.good("  ok") : screen.bad("  !=")));
    if (rule.refused) {
      screen.line(screen.bad("    refused") +
                  " by the service: its role is missing; kept, and tried again");
    }
    if (rule.dropped_total() > 0) show_wrapped(screen, "    dropped:", reasons(rule.dropped));
  }
  if (const auto lost = reasons(snapshot.mqtt_dropped); !lost.empty()) {
    show_wrapped(screen, "  before any rule:", lost);
  }
}

std::string fullness(const QueueSnapshot& queue) {
  std::uint64_t percent = 0;
  if (queue.max_messages > 0) percent = queue.messages * 100 / queue.max_messages;
  if (queue.max_bytes > 0) percent = std::max(percent, queue.bytes * 100 / queue.max_bytes);
  if (queue.max_messages == 0 && queue.max_bytes == 0) return "-";
  return std::to_string(percent) + "%";
}

void show_queue(Screen& screen, const QueueSnapshot& queue, const std::string& shown) {
  const std::string name = name_column(screen, shown);
  const std::string limit = queue.max_bytes > 0 ? rough_size(queue.max_bytes) : "-";
  const std::string age =
      queue.oldest_age > milliseconds(0) ? rough_duration(queue.oldest_age) : "-";
  screen.line(name + right(queue.messages) + right(rough_size(queue.bytes), kNumber) +
              right(limit, kNumber) + right(fullness(queue), kNumber) + right(age, kNumber));
}

void show_queues(Screen& screen, const GatewaySnapshot& snapshot) {
  screen.heading(left("Queues", kName) + right("messages", kNumber) + right("size", kNumber) +
                 right("limit", kNumber) + right("full", kNumber) + right("oldest", kNumber));
  for (const QueueSnapshot& queue : snapshot.queues) show_queue(screen, queue, queue.name);
  for (const QueueSnapshot& rule : snapshot.store.rules) show_queue(screen, rule, "  " + rule.name);
}

void show_store(Screen& screen, const StoreSnapshot& store) {
  if (store.open && !store.usable) {
    screen.line("Store:    " + screen.bad("takes nothing") + ": " +
                cut(printable(store.trouble), kWidth - 25));
  }
  const auto tell = [&](const std::string& what, const QueueSnapshot& queue) {
    if (!queue.time_to_full) return;
    screen.line(cut("Full:     " + what + " in " + rough_duration(*queue.time_to_full) +
                        ", at the rate of the last two minutes",
                    kWidth));
  };
  tell("the store", {.time_to_full = store.time_to_full});
  for (const QueueSnapshot& rule : store.rules) tell("rule " + printable(rule.name), rule);
}

void show_rest(Screen& screen, const GatewaySnapshot& snapshot) {
  screen.line("");
  show_store(screen, snapshot.store);
  const auto commands = reasons(snapshot.commands);
  show_wrapped(screen, "Commands:", commands.empty() ? "none" : commands);
  if (snapshot.hub) {
    screen.line("Hub:      embedded, " + std::to_string(snapshot.hub->connections) +
                " connections");
  }
  for (const CredentialSnapshot& credential : snapshot.credentials) {
    if (!credential.expires) continue;
    screen.line("Expires:  what the " + printable(credential.link) +
                " link proves itself with, at " + utc_timestamp(*credential.expires));
  }
  const ConfigSnapshot& config = snapshot.config;
  if (config.reloads + config.failed_reloads == 0) {
    screen.line("Reload:   none since the start");
  } else {
    screen.line("Reload:   the latest " +
                (config.last_reload_successful ? screen.good("succeeded") : screen.bad("failed")) +
                " at " + utc_timestamp(config.last_reload));
  }
  Tally refused = snapshot.control;
  std::erase_if(refused, [](const auto& one) { return one.first == "ok"; });
  if (const auto words = reasons(refused); !words.empty()) {
    show_wrapped(screen, "Refused on the control socket:", words);
  }
  std::string waiting;
  for (const auto& key : config.waits_for_restart) waiting += (waiting.empty() ? "" : ", ") + key;
  if (!waiting.empty()) show_wrapped(screen, "Restart:  needed for", waiting);
}

}  // namespace

std::string status_screen(const GatewaySnapshot& snapshot, bool colour) {
  Screen screen(colour);
  show_head(screen, snapshot);
  show_links(screen, snapshot);
  show_rules(screen, snapshot);
  show_queues(screen, snapshot);
  show_rest(screen, snapshot);
  return screen.take();
}

std::string rough_duration(milliseconds time) {
  struct Unit {
    std::int64_t ms;
    const char* name;
  };
  constexpr std::array<Unit, 5> kUnits{
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  std::int64_t rest = std::max<std::int64_t>(time.count(), 0);
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (rest < kUnits[i].ms) continue;
    std::string text = std::to_string(rest / kUnits[i].ms) + kUnits[i].name;
    rest %= kUnits[i].ms;
    if (i + 2 < kUnits.size() && rest >= kUnits[i + 1].ms) {
      text += ' ' + std::to_string(rest / kUnits[i + 1].ms) + kUnits[i + 1].name;
    }
    return text;
  }
  return "0s";
}

std::string rough_size(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

}  // namespace gateway
