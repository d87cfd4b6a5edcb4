// payload: csv. Lines of values (RFC 4180), each line one reading.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/decode/decoder.h"

namespace gateway {

struct CsvOptions {
  std::vector<std::string> columns{};  // names; "" leaves one out. Empty: the first line has them
  char separator = ',';
  bool operator==(const CsvOptions&) const = default;
};

/// What reads as a number is one, an empty value is left out, anything else is text. A line may
/// have fewer values than there are columns, never more.
class CsvDecoder final : public Decoder {
 public:
  static constexpr std::size_t kMaxColumns = 200;

  explicit CsvDecoder(CsvOptions options) : options_(std::move(options)) {}
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;

 private:
  bool append_line(Decoded& out) const;

  CsvOptions options_;
  std::vector<std::string> header_{};  // of the payload at hand
  std::vector<std::string> values_{};
};

}  // namespace gateway
