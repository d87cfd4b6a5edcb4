#include "bridge/rules/decode/payload_reader.h"

#include "bridge/rules/decode/json_builder.h"
#include "bridge/rules/rule_options.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

bool PayloadReader::is_needed(const RuleOptions& rule) {
  return needs_decoder(rule) || rule.jq.is_set();
}

PayloadReader::PayloadReader(const RuleOptions& rule) : text_(rule.payload == PayloadType::Text) {
  if (needs_decoder(rule)) decoder_ = make_decoder(rule);
  if (rule.jq.is_set()) jq_ = std::make_unique<JqWorker>(rule.jq);
}

PayloadReader::Read PayloadReader::read(const Decoder::Message& message) {
  decoded_.clear();
  results_.clear();
  requests_.clear();
  if (!decode(message)) return Read::Malformed;
  if (decoded_.overflowed()) return Read::TooMany;
  if (!jq_) return Read::Right;
  if (jq_->run(decoded_, message.now, results_) != JqWorker::Ran::Done) return Read::Failed;
  return results_.overflowed() ? Read::TooMany : Read::Right;
}

bool PayloadReader::decode(const Decoder::Message& message) {
  if (decoder_) return decoder_->decode(message, decoded_, requests_);
  auto& json = decoded_.begin();
  if (text_) {
    if (!JsonBuilder(json).text(message.payload)) return false;
  } else {
    if (!webpubsub::is_valid_json(message.payload)) return false;
    json += message.payload;
  }
  decoded_.end();
  return true;
}

}  // namespace gateway
