// Runs a decoder on one message.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/decode/decoder.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

inline constexpr std::int64_t kArrival = 1'763'690'400'000;

/// Bytes written as "82 01 02".
inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size();) {
    if (hex[i] == ' ') {
      ++i;
      continue;
    }
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    i += 2;
  }
  return bytes;
}

class DecodeFixture {
 public:
  explicit DecodeFixture(Decoder& decoder) : decoder_(decoder) {}

  /// Each reading as JSON; "malformed" for what cannot be decoded.
  std::vector<std::string> decode(std::string_view payload, std::string_view topic = "t",
                                  webpubsub::TimePoint now = {}) {
    Decoded decoded;
    times.clear();
    requests.clear();
    const Decoder::Message message{topic, payload, kArrival, now};
    if (!decoder_.decode(message, decoded, requests)) return {"malformed"};
    std::vector<std::string> readings;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      readings.emplace_back(decoded.json(i));
      times.push_back(decoded.time(i));
      if (!webpubsub::is_valid_json(readings.back())) readings.back() = "no JSON";
    }
    return readings;
  }

  std::vector<std::optional<std::int64_t>> times{};
  std::vector<DeviceRequest> requests{};

 private:
  Decoder& decoder_;
};

}  // namespace gateway
