#include "daemon/verbs/reload.h"

#include <iostream>

#include <rapidjson/document.h>

#include "daemon/exit_codes.h"

namespace gateway {
namespace {

// Longer than the gateway itself gives a request.
constexpr auto kLimit = std::chrono::seconds(150);

int exit_code_of(const std::string& outcome) {
  if (outcome == "applied" || outcome == "unchanged") return exit_code::kOk;
  if (outcome == "invalid") return exit_code::kConfiguration;
  if (outcome == "busy") return exit_code::kTryAgain;
  return exit_code::kFailure;
}

std::vector<std::string> details_of(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  std::vector<std::string> details;
  if (document.HasParseError() || !document.IsObject()) return details;
  const rapidjson::Value& object = document;  // comparing iterators of a mutable one is ambiguous
  const auto list = object.FindMember("details");
  if (list == object.MemberEnd() || !list->value.IsArray()) return details;
  for (const auto& one : list->value.GetArray()) {
    if (one.IsString()) details.emplace_back(one.GetString(), one.GetStringLength());
  }
  return details;
}

}  // namespace

int reload(const ReloadOptions& options) {
  const auto answer = ask_or_explain(options.place, {.verb = ControlVerb::Reload}, kLimit);
  if (answer.exit_code != exit_code::kOk) return answer.exit_code;
  const std::string outcome = json_text(answer.data, "outcome");
  const int code = exit_code_of(outcome);
  if (options.json) {
    std::cout << answer.data << std::endl;
    return code;
  }
  std::ostream& out = code == exit_code::kOk ? std::cout : std::cerr;
  for (const auto& detail : details_of(answer.data)) out << terminal_text(detail, false) << '\n';
  const std::string words = terminal_text(json_text(answer.data, "words"), false);
  out << outcome << (words.empty() ? "" : ": " + words) << std::endl;
  return code;
}

}  // namespace gateway
