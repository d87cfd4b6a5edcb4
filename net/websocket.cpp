#include "net/websocket.h"

#include <cstring>

#include <libwebsockets.h>

#include "net/websocket_frame.h"

namespace webpubsub::net {

namespace {
constexpr std::size_t kHeadroom = LWS_PRE;
static_assert(kHeadroom >= kMaxFrameHeader);
}  // namespace

std::shared_ptr<Message> Message::make(MessageType type, std::string_view payload) {
  std::shared_ptr<Message> message(new Message);
  message->type_ = type;
  message->size_ = payload.size();
  message->bytes_.reset(new unsigned char[kHeadroom + payload.size()]);  // not zeroed
  unsigned char* start = message->bytes_.get() + kHeadroom;
  if (!payload.empty()) std::memcpy(start, payload.data(), payload.size());
  // A server's frame header depends on nothing but the message, so it is written once, here.
  write_frame_header(start - frame_header_size(payload.size()),
                     type == MessageType::Text ? Opcode::Text : Opcode::Binary, payload.size());
  return message;
}

std::string_view Message::payload() const noexcept {
  return {reinterpret_cast<const char*>(bytes_.get() + kHeadroom), size_};
}

unsigned char* Message::frame() noexcept { return bytes_.get() + kHeadroom; }

}  // namespace webpubsub::net
