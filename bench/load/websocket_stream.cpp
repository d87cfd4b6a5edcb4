#include "bench/load/websocket_stream.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include <openssl/sha.h>

#include "base/base64.h"

namespace gateway::bench {
namespace {

std::optional<std::string_view> header_value(std::string_view request, std::string_view name) {
  const auto same_letter = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  const auto found =
      std::search(request.begin(), request.end(), name.begin(), name.end(), same_letter);
  if (found == request.end()) return std::nullopt;
  auto value = request.substr(static_cast<std::size_t>(found - request.begin()) + name.size());
  value = value.substr(0, value.find("\r\n"));
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value.substr(0, value.find(','));
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

// Eight bytes at a time: with large batches this is most of the sink's work.
void unmask(char* payload, std::size_t size, std::array<char, 4> mask) {
  std::array<char, 8> twice{};
  for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = mask[i % 4];
  std::uint64_t wide_mask = 0;
  std::memcpy(&wide_mask, twice.data(), sizeof wide_mask);
  std::size_t i = 0;
  for (; i + sizeof wide_mask <= size; i += sizeof wide_mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload + i, sizeof word);
    word ^= wide_mask;
    std::memcpy(payload + i, &word, sizeof word);
  }
  for (; i < size; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
}

}  // namespace

std::optional<std::string> upgrade_answer(std::string_view request) {
  const auto key = header_value(request, "\r\nSec-WebSocket-Key:");
  if (!key) return std::nullopt;
  const std::string text = std::string(*key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  answer += webpubsub::base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
  if (const auto subprotocol = header_value(request, "\r\nSec-WebSocket-Protocol:")) {
    answer.append("\r\nSec-WebSocket-Protocol: ").append(*subprotocol);
  }
  return answer + "\r\n\r\n";
}

std::string server_frame(Opcode opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {  // what we answer never needs the 64-bit length
    frame += '\x7e';
    frame += static_cast<char>(payload.size() >> 8U);
    frame += static_cast<char>(payload.size() & 0xffU);
  }
  return frame.append(payload);
}

char* WebSocketStream::room_for(std::size_t size) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < size && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < size) buffer_.resize(end_ + size);
  return buffer_.data() + end_;
}

void WebSocketStream::take_messages(const OnMessage& on_message) {
  while (take_frame(on_message)) {
  }
}

bool WebSocketStream::take_frame(const OnMessage& on_message) {
  const auto bytes = pending();
  if (bytes.size() < 2) return false;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const std::size_t length_bytes = (second & 0x7fU) == 126 ? 2 : (second & 0x7fU) == 127 ? 8 : 0;
  const std::size_t mask_bytes = (second & 0x80U) != 0 ? 4 : 0;
  const std::size_t header = 2 + length_bytes + mask_bytes;
  if (bytes.size() < header) return false;
  const auto length = length_bytes == 0
                          ? std::size_t{second & 0x7fU}
                          : static_cast<std::size_t>(big_endian(bytes.substr(2, length_bytes)));
  if (bytes.size() - header < length) return false;

  char* payload = buffer_.data() + begin_ + header;
  if (mask_bytes > 0) {
    std::array<char, 4> mask{};
    std::memcpy(mask.data(), payload - mask.size(), mask.size());
    unmask(payload, length, mask);
  }
  begin_ += header + length;
  deliver((first & 0x80U) != 0, static_cast<Opcode>(first & 0x0fU), {payload, length}, on_message);
  return true;
}

void WebSocketStream::deliver(bool final, Opcode opcode, std::string_view payload,
                              const OnMessage& on_message) {
  const bool control = (static_cast<unsigned>(opcode) & 8U) != 0;
  if (control || (final && opcode != Opcode::Continuation)) {
    on_message(opcode, payload);
    return;
  }
  if (opcode != Opcode::Continuation) fragmented_ = opcode;
  fragments_.append(payload);
  if (!final) return;
  on_message(fragmented_, fragments_);
  fragments_.clear();
}

}  // namespace gateway::bench
