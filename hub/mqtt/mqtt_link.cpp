#include "hub/mqtt/mqtt_link.h"

#include <chrono>
#include <utility>
#include <variant>

#include "webpubsub/protocol/mqtt/codec.h"

namespace webpubsub::hub {

namespace {

using mqtt::ReasonCode;

constexpr std::chrono::seconds kPatience{10};  // for a CONNECT

}  // namespace

MqttLink::MqttLink(net::EventLoop& loop, Owner& owner, MqttAdmission admission,
                   std::unique_ptr<net::WebSocket> socket, std::size_t max_packet_size)
    : owner_(owner),
      admission_(std::move(admission)),
      socket_(std::move(socket)),
      reader_(max_packet_size),
      patience_(loop, [this] { socket_->abort("no CONNECT"); }) {
  patience_.start_after(kPatience);
}

std::unique_ptr<net::WebSocket> MqttLink::hand_over() {
  socket_->pause_reading(false);
  return std::move(socket_);
}

void MqttLink::pass_on_rest() {
  const std::string rest = reader_.take_rest();
  if (!rest.empty() && session_ != nullptr) session_->on_message(net::MessageType::Binary, rest);
}

void MqttLink::refuse(ReasonCode reason, std::string_view text, const StringMap& properties) {
  is_over_ = true;
  patience_.cancel();
  if (!socket_) return;
  mqtt::Connack answer{.reason = reason};
  if (!text.empty()) answer.properties.reason_string = std::string(text);
  for (const auto& [name, value] : properties) {
    answer.properties.user_properties.push_back({name, value});
  }
  std::string bytes;
  mqtt::encode(answer, version_, bytes);
  static_cast<void>(socket_->send(net::MessageType::Binary, bytes));
  socket_->close(net::close_code::kNormal, text);
}

void MqttLink::retire(std::unique_ptr<net::WebSocket> socket) {
  is_over_ = true;
  session_ = nullptr;
  socket_ = std::move(socket);
  socket_->close(net::close_code::kNormal, "Another client took this session over.");
}

void MqttLink::on_message(net::MessageType type, std::string_view payload) {
  if (session_ != nullptr) return session_->on_message(type, payload);
  if (is_over_) return;
  if (type != net::MessageType::Binary) {
    is_over_ = true;
    return socket_->close(net::close_code::kUnsupportedData,
                          "MQTT packets travel in binary messages.");
  }
  reader_.feed(payload);
  if (!has_connect_) read_connect();
}

void MqttLink::read_connect() {
  const auto bytes = reader_.next();
  if (bytes && !*bytes) return;
  auto packet = bytes ? mqtt::decode(**bytes, version_) : Result<mqtt::Packet>(bytes.error());
  if (!packet) {
    return refuse(static_cast<ReasonCode>(packet.error().service_code), packet.error().message);
  }
  auto* connect = std::get_if<mqtt::Connect>(&*packet);
  if (connect == nullptr) {
    is_over_ = true;
    return socket_->close(net::close_code::kProtocolError, "The first packet must be CONNECT.");
  }
  has_connect_ = true;
  patience_.cancel();
  version_ = connect->version;
  socket_->pause_reading(true);  // until there is a session that takes what follows
  owner_.on_connect(*this, std::move(*connect));
}

void MqttLink::on_drain() {
  if (session_ != nullptr) session_->on_drain();
}

void MqttLink::on_pong() {
  if (session_ != nullptr) session_->on_pong();
}

void MqttLink::on_close(const net::CloseInfo& info) {
  is_over_ = true;
  patience_.cancel();
  MqttSession* session = std::exchange(session_, nullptr);
  if (session != nullptr) session->on_close(info);
  owner_.on_link_end(*this, session);
}

}  // namespace webpubsub::hub
