#include "bridge/store/record.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace gateway {

namespace {

constexpr std::uint8_t kQosBits = 0x03;
constexpr std::uint8_t kRetainedBit = 0x04;

// LevelDB has checksums of its own, but its repair does not look at those of the log.
constexpr std::size_t kChecksumBytes = 4;

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    auto value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) * 0xEDB88320U);
    table[i] = value;
  }
  return table;
}();

/// CRC-32 as in Ethernet, the lowest byte first.
std::array<char, kChecksumBytes> checksum(std::string_view bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc = (crc >> 8U) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  crc = ~crc;
  std::array<char, kChecksumBytes> result{};
  for (auto& byte : result) {
    byte = static_cast<char>(static_cast<unsigned char>(crc));
    crc >>= 8U;
  }
  return result;
}

// Seven bits a byte, the lowest first, as protobuf has them.
void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

/// Takes values off the front; once something is missing, all that follows is 0.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }

  std::uint8_t byte() {
    if (rest_.empty()) return static_cast<std::uint8_t>(fail());
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view bytes(std::uint64_t count) {
    if (count > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest() { return bytes(rest_.size()); }
  bool good() const noexcept { return good_; }
  std::size_t left() const noexcept { return rest_.size(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

// Times may lie before 1970 where nobody has set the clock.
std::uint64_t unsigned_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::int64_t signed_of(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

void encode(const StoredMessage& message, std::string& out) {
  const auto start = out.size();
  out.append(kChecksumBytes, '\0');
  out += static_cast<char>((message.qos & kQosBits) | (message.retained ? kRetainedBit : 0));
  append_varint(out, unsigned_of(message.time));
  append_varint(out, unsigned_of(message.stamp));
  append_varint(out, message.before);
  append_varint(out, message.topic.size());
  out += message.topic;
  out += message.payload;
  const auto sum = checksum(std::string_view(out).substr(start + kChecksumBytes));
  std::memcpy(out.data() + start, sum.data(), sum.size());
}

std::optional<StoredMessage> decode_message(std::string_view value) {
  Reader reader(value);
  const auto sum = reader.bytes(kChecksumBytes);
  if (!reader.good()) return std::nullopt;
  const auto right = checksum(value.substr(kChecksumBytes));
  if (!std::equal(right.begin(), right.end(), sum.begin(), sum.end())) return std::nullopt;
  StoredMessage message;
  const auto flags = reader.byte();
  message.qos = flags & kQosBits;
  message.retained = (flags & kRetainedBit) != 0;
  message.time = signed_of(reader.varint());
  message.stamp = signed_of(reader.varint());
  message.before = reader.varint();
  message.topic = reader.bytes(reader.varint());
  if (!reader.good()) return std::nullopt;
  message.payload = reader.rest();
  return message;
}

void encode(const std::vector<Stretch>& stretches, std::string& out) {
  for (const auto& stretch : stretches) {
    append_varint(out, stretch.first);
    append_varint(out, stretch.mark);
    append_varint(out, stretch.end);
  }
}

std::optional<std::vector<Stretch>> decode_stretches(std::string_view value) {
  Reader reader(value);
  std::vector<Stretch> stretches;
  while (reader.left() > 0) {
    stretches.push_back({reader.varint(), reader.varint(), reader.varint()});
  }
  if (!reader.good()) return std::nullopt;
  return stretches;
}

void encode(const std::vector<std::uint64_t>& rising, std::string& out) {
  std::uint64_t last = 0;
  for (const auto number : rising) {
    append_varint(out, number - last);
    last = number;
  }
}

std::optional<std::vector<std::uint64_t>> decode_numbers(std::string_view value) {
  Reader reader(value);
  std::vector<std::uint64_t> numbers;
  std::uint64_t last = 0;
  while (reader.left() > 0) {
    last += reader.varint();
    numbers.push_back(last);
  }
  if (!reader.good()) return std::nullopt;
  return numbers;
}

}  // namespace gateway
