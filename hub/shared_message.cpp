#include "hub/shared_message.h"

#include <string>
#include <variant>

#include "hub/mqtt/translation.h"
#include "webpubsub/protocol/mqtt/codec.h"

namespace webpubsub::hub {

std::shared_ptr<net::Message> encode_frame(const Codec& codec, const DownstreamFrame& frame) {
  std::string bytes;
  codec.encode(frame, bytes);
  return net::Message::make(codec.is_binary() ? net::MessageType::Binary : net::MessageType::Text,
                            bytes);
}

std::shared_ptr<net::Message> encode_raw(const Data& data) {
  const bool text = data.type == DataType::Json || data.type == DataType::Text;
  return net::Message::make(text ? net::MessageType::Text : net::MessageType::Binary, data.bytes);
}

const Data& SharedMessage::data() const {
  if (const auto* message = std::get_if<GroupMessage>(&frame_)) return message->data;
  return std::get<ServerMessage>(frame_).data;
}

const std::shared_ptr<net::Message>& SharedMessage::encoded(const Codec& codec) {
  for (const auto& [known, message] : encoded_) {
    if (known == &codec) return message;
  }
  return encoded_.emplace_back(&codec, encode_frame(codec, frame_)).second;
}

std::shared_ptr<net::Message> SharedMessage::encoded(const Codec& codec, SequenceId sequence_id) {
  const auto& plain = encoded(codec);
  codec.encode_with_sequence_id(plain->payload(), sequence_id, numbered_);
  return net::Message::make(plain->type(), numbered_);
}

void SharedMessage::set_lifetime(std::chrono::seconds lifetime, TimePoint now) {
  if (lifetime <= std::chrono::seconds::zero()) return;
  lifetime_ = lifetime;
  expires_ = now + lifetime;
}

const mqtt::Publish& SharedMessage::as_mqtt() {
  if (mqtt_) return *mqtt_;
  const auto* to_group = std::get_if<GroupMessage>(&frame_);
  mqtt_ = to_group != nullptr ? publish_of(*to_group) : publish_of(std::get<ServerMessage>(frame_));
  if (expires_) {
    mqtt_->properties.message_expiry_seconds = static_cast<std::uint32_t>(lifetime_.count());
  }
  return *mqtt_;
}

const std::shared_ptr<net::Message>& SharedMessage::encoded_for_mqtt(mqtt::Version version) {
  for (const auto& [known, message] : encoded_for_mqtt_) {
    if (known == version) return message;
  }
  mqtt::Publish packet = as_mqtt();
  packet.qos = mqtt::Qos::AtMostOnce;
  std::string bytes;
  mqtt::encode(packet, version, bytes);
  return encoded_for_mqtt_
      .emplace_back(version, net::Message::make(net::MessageType::Binary, bytes))
      .second;
}

const std::shared_ptr<net::Message>& SharedMessage::raw() {
  if (!raw_) raw_ = encode_raw(data());
  return raw_;
}

}  // namespace webpubsub::hub
