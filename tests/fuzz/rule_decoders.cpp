// Payloads of devices in every format that rules decode. The first byte says which.

#include <array>
#include <memory>

#include "bridge/rules/decode/decoder.h"
#include "bridge/rules/rule_options.h"
#include "tests/fuzz/expect.h"
#include "webpubsub/protocol/json_text.h"

namespace {

using gateway::CsvOptions;
using gateway::LayoutField;
using gateway::PayloadType;
using gateway::RuleOptions;

RuleOptions rule_of(PayloadType type) {
  RuleOptions rule{.payload = type};
  rule.csv.columns = {"a", "", "b"};
  rule.layout = {{"u", 0, LayoutField::Type::U16},
                 {"i", 1, LayoutField::Type::I24, LayoutField::Endian::Big},
                 {"f", 2, LayoutField::Type::F64},
                 {"t", 1, LayoutField::Type::Text, LayoutField::Endian::Little, 4}};
  return rule;
}

RuleOptions csv_with_header() {
  RuleOptions rule{.payload = PayloadType::Csv};
  rule.csv.separator = ';';
  return rule;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  constexpr std::array kTopics = {
      "spBv1.0/p/NBIRTH/e", "spBv1.0/p/NDATA/e",    "spBv1.0/p/DBIRTH/e/d", "spBv1.0/p/DDATA/e/d",
      "spBv1.0/p/NDEATH/e", "spBv1.0/p/DDEATH/e/d", "spBv1.0/STATE/h",      "spBv1.0/p/NCMD/e"};
  if (size == 0) return 0;
  static const std::array kRules = {rule_of(PayloadType::Number),
                                    rule_of(PayloadType::Csv),
                                    csv_with_header(),
                                    rule_of(PayloadType::Binary),
                                    rule_of(PayloadType::Cbor),
                                    rule_of(PayloadType::MessagePack),
                                    rule_of(PayloadType::Senml),
                                    rule_of(PayloadType::Sparkplug)};
  const auto text = fuzz::text_of(bytes + 1, size - 1);
  gateway::Document document;
  fuzz::expect(document.parse(text) == is_valid_json(text), "both readers of JSON agree");
  const auto decoder = gateway::make_decoder(kRules[bytes[0] % kRules.size()]);
  // Twice, as what a decoder remembers of the first counts for the second.
  for (std::size_t turn = 0; turn < 2; ++turn) {
    gateway::Decoded decoded;
    std::vector<gateway::DeviceRequest> requests;
    const auto* const topic = kTopics[(bytes[0] / 8 + turn) % kTopics.size()];
    const bool right = decoder->decode({topic, text, 1'763'690'400'000, {}}, decoded, requests);
    for (const auto& request : requests) {
      fuzz::expect(request.topic == "spBv1.0/p/NCMD/e", "requests go to the node that spoke");
    }
    for (std::size_t i = 0; right && i < decoded.size(); ++i) {
      fuzz::expect(is_valid_json(decoded.json(i)), "a reading is JSON");
    }
  }
  return 0;
}
