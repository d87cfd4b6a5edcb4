#include "bridge/downlink/explain_command.h"

#include <utility>

#include "base/units.h"

namespace gateway {

namespace {

using Steps = std::vector<std::pair<std::string, std::string>>;

void add_publication(const CommandOptions& options, const Command& command, Steps& steps) {
  const auto& publication = command.publication;
  if (!command.id.empty()) steps.emplace_back("id", command.id);
  if (command.time_left) {
    steps.emplace_back("deadline", "in " + webpubsub::format_duration(*command.time_left));
  }
  steps.emplace_back("topic", publication.topic);
  auto qos = std::to_string(publication.qos);
  if (publication.retain) qos += ", retained";
  steps.emplace_back("qos", std::move(qos));
  for (const auto& [name, text] : publication.user_properties) {
    auto property = name;
    property += '=';
    property += text;
    steps.emplace_back("property", std::move(property));
  }
  steps.emplace_back("payload", publication.payload);
  if (command.reply_topic.empty()) return;
  steps.emplace_back("reply", command.reply_topic + ", within " +
                                  webpubsub::format_duration(options.reply->timeout));
}

void explain_match(const CommandRules& rules, const CommandRules::Match& match,
                   const webpubsub::Data& data, webpubsub::WallTime now, ExplainedRule& explained) {
  const auto& options = rules.options(match.rule);
  explained.matches = true;
  explained.steps.emplace_back("when", "holds");
  if (data.bytes.size() > options.max_size) {
    explained.steps.emplace_back("outcome", to_text(rejected(Reason::TooLarge)));
    return;
  }
  const auto made = rules.make(match, data, now);
  if (const auto* end = std::get_if<CommandEnd>(&made)) {
    explained.steps.emplace_back("outcome", to_text(*end));
    return;
  }
  add_publication(options, std::get<Command>(made), explained.steps);
  explained.forwards = !options.dry_run;
  explained.steps.emplace_back(
      "outcome", options.dry_run ? to_text(rejected(Reason::DryRun)) : std::string("published"));
}

}  // namespace

std::vector<ExplainedRule> explain_command(const std::vector<CommandOptions>& commands,
                                           const std::string& gateway_id,
                                           const CommandSource& source, const webpubsub::Data& data,
                                           webpubsub::WallTime now) {
  std::vector<ExplainedRule> all;
  bool decided = false;
  for (const auto& command : commands) {
    auto& explained = all.emplace_back(ExplainedRule{.rule = command.name});
    if (decided) {
      explained.steps.emplace_back("when", "not looked at: an earlier rule decides");
      continue;
    }
    const CommandRules rules({command}, gateway_id);
    const auto found = rules.match(source, data);
    if (const auto* reason = std::get_if<Reason>(&found)) {
      const bool malformed = *reason == Reason::Malformed;
      explained.steps.emplace_back(
          "when", malformed ? "the message is no JSON" : "does not hold, or is for another source");
      continue;
    }
    decided = true;
    explain_match(rules, std::get<CommandRules::Match>(found), data, now, explained);
  }
  return all;
}

}  // namespace gateway
