#include "daemon/verbs/queue.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/units.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/printable.h"
#include "daemon/verbs/queue_drain.h"
#include "daemon/verbs/queue_question.h"

namespace gateway {
namespace {

constexpr std::chrono::minutes kDrainTime{5};

std::string text_of(const rapidjson::Value& value, const char* member) {
  const auto& text = value[member];
  return printable(std::string_view(text.GetString(), text.GetStringLength()));
}

/// "120 (14.2 KiB, oldest 3m)".
std::string words_of(const rapidjson::Value& figures) {
  const auto messages = figures["messages"].GetUint64();
  if (messages == 0) return "-";
  const std::chrono::seconds age(figures["oldest_age_ms"].GetUint64() / 1'000);
  return std::to_string(messages) + " (" + webpubsub::format_size(figures["bytes"].GetUint64()) +
         ", oldest " + webpubsub::format_duration(age) + ")";
}

void show_list(const rapidjson::Value& data) {
  const auto line = [](const std::string& name, const std::string& memory,
                       const std::string& disk) {
    std::ostringstream text;
    text << std::left << std::setw(24) << name << "  " << std::setw(32) << memory << "  " << disk;
    std::cout << text.str().substr(0, text.str().find_last_not_of(' ') + 1) << '\n';
  };
  line("Rule", "In memory", "On disk");
  for (const auto& rule : data["rules"].GetArray()) {
    line(text_of(rule, "rule") + (rule["removed"].GetBool() ? " (removed)" : ""),
         words_of(rule["memory"]), words_of(rule["disk"]));
  }
  std::cout << "Quarantine: " << words_of(data["quarantine"]) << '\n';
}

/// Writes what waits in one place as JSON Lines, a part at a time.
int write_items(const ControlPlace& place, QueueRequest request, std::uint64_t most) {
  while (most > 0) {
    request.limit = most;
    const QueueQuestion part(place, request);
    if (part.exit_code() != exit_code::kOk) return part.exit_code();
    for (const auto& item : part.data()["items"].GetArray()) {
      rapidjson::StringBuffer buffer;
      rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
      item.Accept(json);
      std::cout.write(buffer.GetString(), static_cast<std::streamsize>(buffer.GetSize())).put('\n');
    }
    most -= std::min<std::uint64_t>(most, part.data()["items"].Size());
    request.after = part.data()["last"].GetUint64();
    if (!part.data()["more"].GetBool()) break;
    if (!std::cout.good()) return exit_code::kIo;
  }
  std::cout.flush();
  return std::cout.good() ? exit_code::kOk : exit_code::kIo;
}

int list(const QueueOptions& options) {
  const QueueQuestion question(options.place, {});
  if (question.exit_code() != exit_code::kOk) return question.exit_code();
  if (options.json) {
    std::cout << question.text() << std::endl;
  } else {
    show_list(question.data());
  }
  std::cout.flush();
  return std::cout.good() ? exit_code::kOk : exit_code::kIo;
}

bool is_anything(const rapidjson::Value& figures) { return figures["messages"].GetUint64() > 0; }

/// Of one rule, or of all of them: what is on disk, then what is in memory.
int show(const QueueOptions& options, std::uint64_t most) {
  QueueRequest request{.action = QueueRequest::Action::Read, .rule = options.rule};
  if (options.quarantine) {
    request.place = QueuePlace::Quarantine;
    return write_items(options.place, request, most);
  }
  const QueueQuestion question(options.place, {});
  if (question.exit_code() != exit_code::kOk) return question.exit_code();
  bool known = options.rule.empty();
  for (const auto& each : question.data()["rules"].GetArray()) {
    request.rule = each["rule"].GetString();
    if (!options.rule.empty() && request.rule != options.rule) continue;
    known = true;
    for (const auto place : {QueuePlace::Disk, QueuePlace::Memory}) {
      if (!is_anything(each[place == QueuePlace::Disk ? "disk" : "memory"])) continue;
      request.place = place;
      if (const int code = write_items(options.place, request, most); code != exit_code::kOk) {
        return code;
      }
    }
  }
  if (known) return exit_code::kOk;
  std::cerr << "webpubsub-gateway: no rule " << printable(options.rule) << " is known there\n";
  return exit_code::kFailure;
}

int purge(const QueueOptions& options) {
  const QueueQuestion question(
      options.place, {.action = QueueRequest::Action::Purge,
                      .place = options.quarantine ? QueuePlace::Quarantine : QueuePlace::Disk,
                      .rule = options.rule});
  if (question.exit_code() != exit_code::kOk) return question.exit_code();
  std::cout << question.data()["purged"].GetUint64()
            << (options.quarantine ? " batches" : " readings") << " thrown away" << std::endl;
  return exit_code::kOk;
}

int wrong_usage(const char* words) {
  std::cerr << "webpubsub-gateway queue: " << words << '\n';
  return exit_code::kUsage;
}

}  // namespace

int queue(const QueueOptions& options) {
  const bool one = options.rule.empty() == options.quarantine;  // is given of the two
  if (options.action == "list") {
    return options.rule.empty() && !options.quarantine ? list(options)
                                                       : wrong_usage("list takes no rule");
  }
  if (options.action == "export") {
    return show(options, std::numeric_limits<std::uint64_t>::max());
  }
  if (options.action == "drain") {
    return options.rule.empty() || options.quarantine
               ? wrong_usage("drain takes a rule")
               : drain_queue(options.place, options.rule, options.timeout.value_or(kDrainTime));
  }
  if (!one) return wrong_usage("name a rule, or --quarantine");
  return options.action == "peek" ? show(options, options.limit) : purge(options);
}

}  // namespace gateway
