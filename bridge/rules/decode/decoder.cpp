#include "bridge/rules/decode/decoder.h"

#include "bridge/rules/decode/cbor.h"
#include "bridge/rules/decode/message_pack.h"
#include "bridge/rules/decode/number_text.h"
#include "bridge/rules/decode/senml.h"
#include "bridge/rules/decode/sparkplug.h"
#include "bridge/rules/rule_options.h"

namespace gateway {

bool needs_decoder(const RuleOptions& rule) {
  switch (rule.payload) {
    case PayloadType::Json:
    case PayloadType::Text:
      return false;
    case PayloadType::Binary:
      return !rule.layout.empty();
    default:
      return true;
  }
}

std::unique_ptr<Decoder> make_decoder(const RuleOptions& rule) {
  switch (rule.payload) {
    case PayloadType::Number:
      return std::make_unique<NumberText>();
    case PayloadType::Csv:
      return std::make_unique<CsvDecoder>(rule.csv);
    case PayloadType::Cbor:
      return std::make_unique<CborDecoder>();
    case PayloadType::MessagePack:
      return std::make_unique<MessagePackDecoder>();
    case PayloadType::Senml:
      return std::make_unique<SenmlDecoder>();
    case PayloadType::Sparkplug:
      return std::make_unique<SparkplugDecoder>();
    case PayloadType::Json:
    case PayloadType::Text:
    case PayloadType::Binary:
      break;
  }
  return std::make_unique<BinaryLayout>(rule.layout);
}

}  // namespace gateway
