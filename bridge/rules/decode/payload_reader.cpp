#include "bridge/rules/decode/payload_reader.h"

namespace gateway {

PayloadReader::PayloadReader(const RuleOptions& rule) : decoder_(make_decoder(rule)) {}

bool PayloadReader::read(const Decoder::Message& message) {
  decoded_.clear();
  requests_.clear();
  return decoder_->decode(message, decoded_, requests_);
}

}  // namespace gateway
