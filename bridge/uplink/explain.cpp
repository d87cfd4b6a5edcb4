#include "bridge/uplink/explain.h"

#include <algorithm>

#include "bridge/billing.h"
#include "bridge/uplink/rule_line.h"
#include "webpubsub/protocol/codec.h"

namespace gateway {

using webpubsub::steady_now;

namespace {

/// Writes down what the stages tell.
class Notes final : public StageWatcher {
 public:
  explicit Notes(ExplainedRule& rule) : rule_(rule) {}
  void on_stage(std::string_view stage, std::string_view result) override {
    rule_.steps.emplace_back(stage, result);
  }

 private:
  ExplainedRule& rule_;
};

/// Whether the rule gets the message, noted with the reason.
bool explain_topic(const RuleOptions& rule, std::string_view topic, ExplainedRule& explained) {
  const auto* pattern = rule.topics.pattern_of(topic);
  if (pattern == nullptr) {
    explained.steps.emplace_back("topic", "does not match");
    return false;
  }
  const auto& filters = rule.topics.except();
  const auto except = std::find_if(filters.begin(), filters.end(),
                                   [&](const TopicFilter& each) { return each.matches(topic); });
  if (except != filters.end()) {
    explained.steps.emplace_back("topic", "excepted by " + except->text());
    return false;
  }
  std::string text = "matches " + pattern->text();
  std::vector<std::string_view> captured;
  pattern->capture(topic, captured);
  for (std::size_t i = 0; i < captured.size(); ++i) {
    text += (i == 0 ? ": " : ", ") + pattern->variables()[i] + "=" + std::string(captured[i]);
  }
  explained.steps.emplace_back("topic", text);
  return true;
}

std::string frame_of(const Batch& batch) {
  std::string frame;
  if (batch.streamed) {
    const webpubsub::StreamData piece{"…", 1, webpubsub::Data{batch.type, batch.bytes}};
    webpubsub::json_codec().encode(webpubsub::UpstreamFrame(piece), frame);
    return frame;
  }
  if (batch.reply) {
    const webpubsub::Invoke question{"1", batch.group, webpubsub::Data{batch.type, batch.bytes}};
    webpubsub::json_codec().encode(webpubsub::UpstreamFrame(question), frame);
    return frame;
  }
  const auto ack_id =
      batch.acknowledged ? std::optional<webpubsub::AckId>(1) : std::optional<webpubsub::AckId>();
  if (batch.is_event) {
    const webpubsub::SendEvent event{batch.group, ack_id, webpubsub::Data{batch.type, batch.bytes}};
    webpubsub::json_codec().encode(webpubsub::UpstreamFrame(event), frame);
    return frame;
  }
  webpubsub::json_codec().encode_send_to_group(batch.group, batch.type, batch.bytes, ack_id,
                                               batch.no_echo, frame);
  return frame;
}

/// Where an answer goes.
std::string reply_words(const Batch& batch) {
  if (batch.reply->too_long) return "nowhere: where it is to go takes more than 2 KiB";
  const auto& rule = batch.reply->rule->options;
  if (!rule.topic) return "to where the device asks for it";
  std::string text = "to ";
  std::size_t piece = 0;
  for (const auto& part : rule.topic->parts()) {
    const bool is_field = !part.literal && part.text.starts_with('/');
    if (is_field) text += batch.reply->topic[piece++] + "{" + part.text + "}";
  }
  return text + batch.reply->topic[piece];
}

void explain_batch(const Batch& batch, ExplainedRule& explained) {
  const auto units = billable_units(batch.bytes.size());
  explained.steps.emplace_back(batch.is_event ? "event" : "group", batch.group);
  if (batch.reply) explained.steps.emplace_back("reply", reply_words(batch));
  explained.steps.emplace_back("size", std::to_string(batch.bytes.size()) + " bytes, billed as " +
                                           std::to_string(units) +
                                           (units == 1 ? " message" : " messages"));
  explained.steps.emplace_back("frame", frame_of(batch));
}

void explain_line(const RuleOptions& rule, const std::string& gateway_id, const Reading& reading,
                  ExplainedRule& explained) {
  BufferPool buffers;
  std::vector<Batch> closed;
  Notes notes(explained);
  RuleLine line(0, rule, gateway_id, buffers);
  line.set_watcher(notes);
  const auto dropped = line.take(reading, steady_now(), closed);
  line.finish_windows(steady_now(), closed);
  line.close_all(closed);
  if (dropped) {
    explained.steps.emplace_back("dropped", to_string(*dropped));
    return;
  }
  for (std::size_t i = 0; i < kFilterReasons; ++i) {
    if (line.filtered()[i] == 0) continue;
    explained.steps.emplace_back("filtered", to_string(static_cast<FilterReason>(i)));
    return;
  }
  explained.forwards = true;
  for (const auto& batch : closed) explain_batch(batch, explained);
}

}  // namespace

std::vector<ExplainedRule> explain(const std::vector<RuleOptions>& rules,
                                   const std::string& gateway_id, const Reading& reading) {
  std::vector<ExplainedRule> all;
  for (const auto& rule : rules) {
    auto& explained = all.emplace_back(ExplainedRule{.rule = rule.name});
    explained.matches = explain_topic(rule, reading.topic, explained);
    if (explained.matches) explain_line(rule, gateway_id, reading, explained);
  }
  return all;
}

}  // namespace gateway
