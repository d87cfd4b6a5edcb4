#include "daemon/verbs/trace.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"

namespace gateway {
namespace {

constexpr auto kLimit = std::chrono::seconds(30);  // the gateway answers within two
constexpr std::uint64_t kMostAtOnce = 1'000;

std::string text_of(const rapidjson::Value& entry, const char* member) {
  const auto found = entry.FindMember(member);
  if (found == entry.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

/// "batched to group site-a (3 readings)".
std::string outcome_of(const rapidjson::Value& entry) {
  const auto outcome = text_of(entry, "outcome");
  const auto readings = entry["readings"].GetUint64();
  const auto count = readings == 1 ? "" : " (" + std::to_string(readings) + " readings)";
  if (outcome == "batched") {
    return "batched to group " + printable(text_of(entry, "group")) + count;
  }
  if (outcome == "windowed") return "added to its window";
  if (outcome == "waits") return "waits in memory for the service";
  return outcome + ": " + text_of(entry, "reason") + count;
}

void show(const rapidjson::Value& entry, const TraceOptions& options) {
  if (options.json) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    entry.Accept(json);
    std::cout.write(buffer.GetString(), static_cast<std::streamsize>(buffer.GetSize())).put('\n');
    return;
  }
  const webpubsub::WallTime time(std::chrono::milliseconds(entry["time"].GetInt64()));
  std::cout << utc_timestamp(time) << "  " << printable(text_of(entry, "topic")) << "  "
            << outcome_of(entry);
  // The gateway made it printable; what is not, would be the fault of somebody in its place.
  if (options.payload) std::cout << "  " << terminal_text(text_of(entry, "payload"), false);
  std::cout << '\n';
}

/// What was dropped before its rule saw it, as far as it was not told yet.
class Unseen {
 public:
  /// The gateway counts anew.
  void clear() { told_.clear(); }
  void tell(const rapidjson::Value& counts) {
    for (const auto& each : counts.GetObject()) {
      const std::string reason = printable(each.name.GetString());
      auto& told = told_[reason];
      const auto count = each.value.GetUint64();
      if (count > told) {
        std::cerr << "webpubsub-gateway: " << count - told
                  << " dropped before their rule saw them: " << reason << '\n';
      }
      told = count;
    }
  }

 private:
  std::map<std::string, std::uint64_t> told_{};
};

/// At once, while the gateway is being asked: it notices that nobody asks any more.
void end_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { ::_exit(exit_code::kOk); };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

int trace(const TraceOptions& options) {
  end_on_signals();
  std::uint64_t left = options.count;
  TraceRequest request{.rule = options.rule, .payload = options.payload};
  Unseen unseen;
  while (true) {
    request.limit = options.count == 0 ? kMostAtOnce : std::min(left, kMostAtOnce);
    const auto answer =
        ask_or_explain(options.place, {.verb = ControlVerb::Trace, .trace = request}, kLimit);
    if (answer.exit_code != exit_code::kOk) return answer.exit_code;
    rapidjson::Document data;
    data.Parse(answer.data.c_str());
    if (data.HasMember("begun")) {
      std::cerr << "webpubsub-gateway: the gateway had stopped watching; what came meanwhile is not"
                   " known\n";
      unseen.clear();
    }
    for (const auto& entry : data["entries"].GetArray()) show(entry, options);
    std::cout.flush();
    if (!std::cout.good()) return exit_code::kIo;
    if (const auto missed = data["missed"].GetUint64(); missed > 0) {
      std::cerr << "webpubsub-gateway: " << missed
                << " not shown: they came faster than they were taken\n";
    }
    unseen.tell(data["unseen"]);
    request.after = data["last"].GetUint64();
    left -= std::min<std::uint64_t>(left, data["entries"].Size());
    if (options.count > 0 && left == 0) return exit_code::kOk;
  }
}

}  // namespace gateway
