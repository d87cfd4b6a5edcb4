#include "webpubsub/protocol/mqtt/packet_reader.h"

#include <cstdint>
#include <utility>

#include "webpubsub/protocol/mqtt/wire.h"

namespace webpubsub::mqtt {
namespace {

constexpr std::size_t kShortestHeader = 2;
constexpr std::size_t kLongestHeader = 5;
constexpr unsigned char kMoreFollows = 0x80;

/// Bytes of a header whose last length byte has arrived; 0 while it has not.
std::size_t header_size(std::string_view bytes) {
  for (std::size_t i = 1; i < bytes.size() && i < kLongestHeader; ++i) {
    if ((static_cast<unsigned char>(bytes[i]) & kMoreFollows) == 0) return i + 1;
  }
  return bytes.size() >= kLongestHeader ? kLongestHeader
                                        : 0;  // too long: variable_integer() says so
}

}  // namespace

void PacketReader::feed(std::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes);
}

std::string PacketReader::take_rest() {
  std::string rest = std::move(buffer_).substr(taken_);
  buffer_.clear();
  taken_ = 0;
  return rest;
}

Result<std::optional<std::string_view>> PacketReader::next() {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  const std::size_t header = rest.size() < kShortestHeader ? 0 : header_size(rest);
  if (header == 0) return std::optional<std::string_view>{};

  WireReader length(rest.substr(1, header - 1));
  const std::size_t size = header + length.variable_integer();
  if (length.failed()) return length.error();
  if (size > max_packet_size_) {
    return wire_error(ReasonCode::PacketTooLarge,
                      "a packet of " + std::to_string(size) + " bytes, at most " +
                          std::to_string(max_packet_size_) + " are taken");
  }
  if (rest.size() < size) return std::optional<std::string_view>{};
  taken_ += size;
  return std::optional(rest.substr(0, size));
}

}  // namespace webpubsub::mqtt
