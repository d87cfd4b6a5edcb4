#include "daemon/verbs/explain.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "bridge/downlink/explain_command.h"
#include "bridge/rules/topic_filter.h"
#include "bridge/uplink/explain.h"
#include "daemon/exit_codes.h"
#include "daemon/verbs/check.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Nothing when it cannot be read.
std::optional<std::string> read_payload(const std::string& payload, std::istream& in) {
  if (payload == "-") return read_all(in);
  if (!payload.starts_with('@')) return payload;
  std::ifstream file(payload.substr(1), std::ios::binary);
  if (!file) return std::nullopt;
  return read_all(file);
}

void print_text(const std::vector<ExplainedRule>& rules, std::ostream& out) {
  constexpr std::size_t kWidth = 10;
  for (const auto& rule : rules) {
    out << rule.rule << '\n';
    for (const auto& [step, result] : rule.steps) {
      out << "  " << step << std::string(kWidth - std::min(step.size(), kWidth - 1), ' ') << result
          << '\n';
    }
  }
  if (rules.empty()) out << "no rules\n";
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  webpubsub::append_json_string(json, name);
  json += ':';
  // What a device sent in bytes that are no text cannot be shown as text.
  webpubsub::append_json_string(json, webpubsub::is_valid_utf8(value) ? value : "(not UTF-8)");
}

void print_json(const std::vector<ExplainedRule>& rules, std::ostream& out) {
  std::string json = "{\"rules\":[";
  for (const auto& rule : rules) {
    if (&rule != rules.data()) json += ',';
    json += '{';
    append_member(json, "name", rule.rule);
    json += std::string(",\"matches\":") + (rule.matches ? "true" : "false") +
            ",\"forwards\":" + (rule.forwards ? "true" : "false") + ",\"steps\":[";
    for (const auto& step : rule.steps) {
      if (&step != rule.steps.data()) json += ',';
      json += '{';
      append_member(json, "step", step.first);
      json += ',';
      append_member(json, "result", step.second);
      json += '}';
    }
    json += "]}";
  }
  out << json << "]}\n";
}

/// As it comes from an SDK: JSON, or a text.
webpubsub::Data data_of(std::string text) {
  const bool json = webpubsub::is_valid_json(text);
  return {json ? webpubsub::DataType::Json : webpubsub::DataType::Text, std::move(text)};
}

std::vector<ExplainedRule> explain_as_command(const Settings& settings, const std::string& from,
                                              std::string text) {
  CommandSource source{.invoked = from == "invoke"};
  if (from.starts_with("group:")) source.group = std::string_view(from).substr(6);
  return explain_command(settings.commands, settings.gateway_id, source, data_of(std::move(text)),
                         webpubsub::wall_now());
}

}  // namespace

int explain(const ExplainOptions& options, const config::Environment& environment, std::istream& in,
            std::ostream& out, std::ostream& err) {
  const auto loaded = config::load(options.config, environment);
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    print_problems(*problems, err);
    return exit_code_for_configuration(options.config);
  }
  const bool is_command = !options.command.empty();
  if (!is_command && !is_valid_topic(options.topic)) {
    err << "not a topic that can be published to: it is empty, too long, or holds + # or NUL\n";
    return exit_code::kUsage;
  }
  const auto& source = is_command ? options.command : options.payload;
  const auto payload = read_payload(source, in);
  if (!payload) {
    err << source.substr(1) << ": cannot be read\n";
    return exit_code::kNoInput;
  }
  const auto& settings = std::get<Settings>(loaded);
  const auto rules = is_command
                         ? explain_as_command(settings, options.from, *payload)
                         : explain(settings.rules, settings.gateway_id,
                                   {.time = webpubsub::unix_milliseconds(webpubsub::wall_now()),
                                    .arrived = webpubsub::steady_now(),
                                    .topic = options.topic,
                                    .payload = *payload,
                                    .qos = static_cast<std::uint8_t>(options.qos),
                                    .retained = options.retained});
  if (options.json) {
    print_json(rules, out);
  } else {
    print_text(rules, out);
  }
  out.flush();
  if (!out.good()) return exit_code::kIo;
  const bool any = std::any_of(rules.begin(), rules.end(),
                               [](const ExplainedRule& rule) { return rule.forwards; });
  return any ? exit_code::kOk : exit_code::kBadData;
}

}  // namespace gateway
