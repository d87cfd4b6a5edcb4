#include <algorithm>
#include <array>

#include "webpubsub/protocol/codec.h"

namespace webpubsub {
namespace {

std::array<const Codec*, 4> codecs() {
  return {&json_codec(), &json_reliable_codec(), &protobuf_codec(), &protobuf_reliable_codec()};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

const Codec* find_codec(std::string_view subprotocol) {
  for (const Codec* codec : codecs()) {
    const std::string_view name = codec->subprotocol();
    if (std::equal(name.begin(), name.end(), subprotocol.begin(), subprotocol.end(),
                   [](char a, char b) { return a == lower(b); })) {
      return codec;
    }
  }
  return nullptr;
}

std::vector<std::string> known_subprotocols() {
  std::vector<std::string> names;
  for (const Codec* codec : codecs()) names.emplace_back(codec->subprotocol());
  return names;
}

}  // namespace webpubsub
