#include "webpubsub/protocol/mqtt/decode_connect.h"

#include <utility>

#include "webpubsub/protocol/mqtt/flags.h"
#include "webpubsub/protocol/mqtt/properties_codec.h"

namespace webpubsub::mqtt {
namespace {

Version read_version(WireReader& in) {
  const std::string_view name = in.text();
  const auto version = static_cast<Version>(in.byte());
  if (name != kProtocolName || (version != Version::V311 && version != Version::V5)) {
    in.fail("CONNECT names neither version 4 (3.1.1) nor 5 of MQTT",
            ReasonCode::UnsupportedProtocolVersion);
  }
  return version;
}

const char* what_is_wrong(unsigned flags, Version version) {
  if ((flags & kReservedConnectFlag) != 0) return "the reserved flag of CONNECT is set";
  const unsigned will_qos = (flags >> kWillQosShift) & kTwoBits;
  const bool will = (flags & kWillFlag) != 0;
  if (!will && (will_qos != 0 || (flags & kWillRetainFlag) != 0)) {
    return "CONNECT has flags of a will, and no will";
  }
  if (will_qos > static_cast<unsigned>(Qos::ExactlyOnce)) return "there is no QoS 3";
  const bool only_password = (flags & (kPasswordFlag | kUsernameFlag)) == kPasswordFlag;
  if (version == Version::V311 && only_password) return "CONNECT has a password and no user name";
  return nullptr;
}

Will read_will(WireReader& in, unsigned flags, Version version) {
  Will will;
  if (version == Version::V5) will.properties = read_properties(in, kWillPlace);
  will.topic = in.text();
  will.payload = in.binary();
  will.qos = static_cast<Qos>((flags >> kWillQosShift) & kTwoBits);
  will.retain = (flags & kWillRetainFlag) != 0;
  if (will.topic.empty() || will.topic.find_first_of("+#") != std::string::npos) {
    in.fail("the topic of a will is empty, or a wildcard", ReasonCode::TopicNameInvalid);
  }
  return will;
}

}  // namespace

Result<Packet> decode_connect(WireReader& in) {
  Connect packet{.version = read_version(in)};
  const unsigned flags = in.byte();
  if (const char* wrong = what_is_wrong(flags, packet.version)) in.fail(wrong);
  packet.clean_start = (flags & kCleanStartFlag) != 0;
  packet.keep_alive_seconds = in.two_bytes();
  if (packet.version == Version::V5) {
    packet.properties = read_properties(in, place_of(PacketType::Connect));
  }
  packet.client_id = in.text();
  if ((flags & kWillFlag) != 0) packet.will = read_will(in, flags, packet.version);
  if ((flags & kUsernameFlag) != 0) packet.username = in.text();
  if ((flags & kPasswordFlag) != 0) packet.password = in.binary();
  if (!in.at_end()) in.fail("CONNECT has bytes behind its end");
  if (in.failed()) return in.error();
  return Packet(std::move(packet));
}

}  // namespace webpubsub::mqtt
