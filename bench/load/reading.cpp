#include "bench/load/reading.h"

#include <chrono>
#include <cstring>

namespace gateway::bench {
namespace {

constexpr std::string_view kSentKey = R"("sent":")";
constexpr std::string_view kSequenceKey = R"(","sequence":")";
constexpr std::size_t kSentDigits = 19;
constexpr std::size_t kSequenceDigits = 10;
constexpr std::uint32_t kPacketIds = 65'535;  // 0 is none

void write_digits(char* out, std::size_t width, std::uint64_t value) noexcept {
  for (std::size_t i = width; i > 0; --i) {
    out[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

std::uint64_t read_digits(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

std::string make_payload(std::string_view device, std::size_t size) {
  std::string text = "{";
  text.append(kSentKey).append(kSentDigits, '0');
  text.append(kSequenceKey).append(kSequenceDigits, '0').append(R"(","device":")").append(device);
  text += R"(","temperature":21.53,"humidity":40.2,"pressure":1013.25,"running":true,)"
          R"("vibration":[0.012,0.019,0.007],"note":")";
  constexpr std::string_view kEnd = R"("})";
  if (text.size() + kEnd.size() < size) text.append(size - text.size() - kEnd.size(), 'x');
  return text.append(kEnd);
}

void append_remaining_length(std::string& out, std::size_t length) {  // MQTT 3.1.1, 2.2.3
  do {
    const auto low = length % 128;
    length /= 128;
    out += static_cast<char>(length > 0 ? low | 0x80U : low);
  } while (length > 0);
}

}  // namespace

std::int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ReadingPacket::ReadingPacket(std::string_view topic, std::string_view device,
                             std::size_t payload_bytes, unsigned qos) {
  const auto payload = make_payload(device, payload_bytes);
  const std::string id(qos > 0 ? 2 : 0, '\0');
  bytes_ += static_cast<char>(0x30U | qos << 1U);  // PUBLISH, not retained
  append_remaining_length(bytes_, 2 + topic.size() + id.size() + payload.size());
  bytes_ += static_cast<char>(topic.size() >> 8U);
  bytes_ += static_cast<char>(topic.size() & 0xffU);
  bytes_.append(topic);
  if (!id.empty()) id_at_ = bytes_.size();
  bytes_.append(id).append(payload);
  sent_at_ = bytes_.find(kSentKey) + kSentKey.size();
  sequence_at_ = sent_at_ + kSentDigits + kSequenceKey.size();
}

void ReadingPacket::stamp(Stamp stamp) noexcept {
  if (id_at_ > 0) {
    const auto id = 1 + stamp.sequence % kPacketIds;
    bytes_[id_at_] = static_cast<char>(id >> 8U);
    bytes_[id_at_ + 1] = static_cast<char>(id & 0xffU);
  }
  write_digits(bytes_.data() + sent_at_, kSentDigits, static_cast<std::uint64_t>(stamp.sent_ns));
  write_digits(bytes_.data() + sequence_at_, kSequenceDigits, stamp.sequence);
}

std::optional<Stamp> next_stamp(std::string_view& text) noexcept {
  const void* found = memmem(text.data(), text.size(), kSentKey.data(), kSentKey.size());
  if (found == nullptr) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) +
                     kSentKey.size());
  constexpr auto kRest = kSentDigits + kSequenceKey.size() + kSequenceDigits;
  if (text.size() < kRest) return std::nullopt;
  const Stamp stamp{.sent_ns = static_cast<std::int64_t>(read_digits(text.substr(0, kSentDigits))),
                    .sequence = static_cast<std::uint32_t>(read_digits(
                        text.substr(kSentDigits + kSequenceKey.size(), kSequenceDigits)))};
  text.remove_prefix(kRest);
  return stamp;
}

}  // namespace gateway::bench
