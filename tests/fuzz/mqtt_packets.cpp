// MQTT packets of both versions, one by one and as a stream.

#include "tests/fuzz/expect.h"
#include "webpubsub/protocol/mqtt/codec.h"
#include "webpubsub/protocol/mqtt/packet_reader.h"

namespace webpubsub::fuzz {
namespace {

void try_packet(std::string_view bytes, mqtt::Version version) {
  const auto packet = mqtt::decode(bytes, version);
  if (!packet) return;
  const auto* connect = std::get_if<mqtt::Connect>(&*packet);
  const mqtt::Version spoken = connect != nullptr ? connect->version : version;
  std::string encoded;
  mqtt::encode(*packet, spoken, encoded);
  const auto again = mqtt::decode(encoded, spoken);
  expect(again && *again == *packet, "a packet survives its encoding");
}

}  // namespace
}  // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  const std::string_view input = fuzz::text_of(bytes, size);
  for (const auto version : {mqtt::Version::V311, mqtt::Version::V5}) {
    fuzz::try_packet(input, version);
    mqtt::PacketReader reader(4096);
    std::size_t taken = 0;
    for (std::size_t at = 0; at < input.size(); at += 7) {
      reader.feed(input.substr(at, 7));
      while (true) {
        const auto next = reader.next();
        if (!next) return 0;
        if (!*next) break;
        fuzz::expect((*next)->size() >= 2, "a packet has a header");
        taken += (*next)->size();
        fuzz::try_packet(**next, version);
      }
      fuzz::expect(taken + reader.buffered() <= input.size(), "nothing is made up");
    }
  }
  return 0;
}
