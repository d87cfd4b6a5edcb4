#include "bridge/rules/sample.h"

#include "webpubsub/protocol/json_text.h"

namespace gateway {

void append_json(std::string& out, const Sample& sample) {
  if (sample.bare) {
    append_json(out, sample.fields.front().value);
    return;
  }
  out += '{';
  bool first = true;
  for (const auto& field : sample.fields) {
    if (!first) out += ',';
    first = false;
    webpubsub::append_json_string(out, field.name);
    out += ':';
    append_json(out, field.value);
  }
  out += '}';
}

}  // namespace gateway
