// Frames of the protobuf subprotocols, from clients and from the service.

#include "tests/fuzz/expect.h"
#include "webpubsub/protocol/codec.h"

namespace webpubsub::fuzz {
namespace {

// Maps have no order on this wire, so frames are not compared but for their kind.
void try_upstream(const Codec& codec, std::string_view input) {
  const auto frame = codec.decode_upstream(input);
  if (!frame) return;
  std::string encoded;
  codec.encode(*frame, encoded);
  const auto again = codec.decode_upstream(encoded);
  expect(again && again->index() == frame->index(), "a client's frame survives its encoding");
}

void try_downstream(const Codec& codec, std::string_view input) {
  const auto frame = codec.decode_downstream(input);
  if (!frame || std::holds_alternative<UnknownFrame>(*frame)) return;
  std::string encoded;
  codec.encode(*frame, encoded);
  const auto again = codec.decode_downstream(encoded);
  expect(again && again->index() == frame->index(), "a frame of the service survives its encoding");
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  for (const Codec* codec : {&protobuf_codec(), &protobuf_reliable_codec()}) {
    fuzz::try_upstream(*codec, input);
    fuzz::try_downstream(*codec, input);
  }
  return 0;
}
