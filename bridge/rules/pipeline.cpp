#include "bridge/rules/pipeline.h"

namespace gateway {

Pipeline::Pipeline(const RuleOptions& rule, std::string_view gateway_id)
    : convert_(rule.convert),
      select_(rule.select, rule.topics, gateway_id),
      selects_(!rule.select.empty()),
      where_(rule.where) {
  if (rule.thin.is_set()) thin_.emplace(rule.thin, rule.topics);
  has_stages_ = selects_ || !convert_.empty() || where_ || thin_ || rule.window.is_set() ||
                needs_fields(rule);
}

Pipeline::Outcome Pipeline::run(const MessageView& message, webpubsub::TimePoint now, Arena& arena,
                                StageWatcher* watcher, Thinning thinning) {
  if (!select_.run(message, arena, sample_)) return {.verdict = Verdict::NoFields};
  if (selects_) tell(watcher, "select");
  const auto wrong = convert(arena);
  if (!wrong.empty()) {
    if (watcher != nullptr) {
      watcher->on_stage("convert", std::string(wrong) + " is not what its conversion takes");
    }
    return {.verdict = Verdict::Unconvertible, .field = wrong};
  }
  if (!convert_.empty()) tell(watcher, "convert");
  if (where_) {
    const bool right = where_->evaluate({message, sample_, arena});
    if (watcher != nullptr) watcher->on_stage("where", right ? "true" : "false");
    if (!right) return {.verdict = Verdict::Filtered};
  }
  if (thin_ && thinning == Thinning::Remembers) {
    thin_->note(message, sample_, now, arena);
  } else if (thin_) {
    const auto reason = thin_->decide(message, sample_, now, arena);
    if (watcher != nullptr) watcher->on_stage("thin", to_string(reason));
    if (!passes(reason)) return {.verdict = Verdict::Thinned};
  }
  if (!selects_ && convert_.empty()) return {.data = message.payload, .sample = &sample_};
  data_.clear();
  append_json(data_, sample_);
  return {.data = data_, .sample = &sample_};
}

/// The name of the first field that is not what its conversion needs; empty when all are.
std::string_view Pipeline::convert(Arena& arena) {
  for (const auto& conversion : convert_) {
    auto* field = sample_.find(conversion.field);
    if (field == nullptr) continue;
    const auto converted = conversion.apply(field->value, arena);
    if (!converted) return conversion.field;
    field->value = *converted;
  }
  return {};
}

void Pipeline::tell(StageWatcher* watcher, std::string_view stage) const {
  if (watcher == nullptr) return;
  std::string text;
  append_json(text, sample_);
  watcher->on_stage(stage, text);
}

}  // namespace gateway
