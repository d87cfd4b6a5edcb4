// Frames of the JSON subprotocols, from clients and from the service.

#include "tests/fuzz/expect.h"
#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::fuzz {
namespace {

/// What was understood is said again in words that are understood as the same.
void try_upstream(const Codec& codec, std::string_view input) {
  const auto frame = codec.decode_upstream(input);
  if (!frame) return;
  std::string encoded;
  codec.encode(*frame, encoded);
  const auto again = codec.decode_upstream(encoded);
  expect(again && *again == *frame, "a client's frame survives its encoding");
}

void try_downstream(const Codec& codec, std::string_view input) {
  const auto frame = codec.decode_downstream(input);
  if (!frame || std::holds_alternative<UnknownFrame>(*frame)) return;
  std::string encoded;
  codec.encode(*frame, encoded);
  const auto again = codec.decode_downstream(encoded);
  expect(again && again->index() == frame->index(), "a frame of the service survives its encoding");
  // The first time drops what makes no sense, such as an error without a name.
  std::string twice;
  codec.encode(*again, twice);
  expect(twice == encoded, "what a frame says does not change again");
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  for (const Codec* codec : {&json_codec(), &json_reliable_codec()}) {
    fuzz::try_upstream(*codec, input);
    fuzz::try_downstream(*codec, input);
  }
  if (is_valid_json(input)) fuzz::expect(is_valid_utf8(input), "JSON is UTF-8");
  if (is_valid_utf8(input)) {
    std::string text;
    append_json_string(text, input);
    fuzz::expect(is_valid_json(text), "any text makes a JSON string");
  }
  return 0;
}
