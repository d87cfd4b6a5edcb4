#include "bridge/rules/decode/message_pack.h"

#include <charconv>
#include <limits>

#include <msgpack.hpp>

#include "bridge/rules/decode/json_builder.h"

namespace gateway {

namespace {

constexpr std::int8_t kTimestamp = -1;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

/// Milliseconds of a timestamp's 4, 8 or 12 bytes; false for other sizes and for times that are
/// none.
bool read_timestamp(std::string_view bytes, std::int64_t& milliseconds) {
  constexpr std::uint64_t kNanosPerMilli = 1'000'000;
  constexpr std::int64_t kMostSeconds = std::numeric_limits<std::int64_t>::max() / 1000 - 1000;
  std::int64_t seconds = 0;
  std::uint64_t nanos = 0;
  if (bytes.size() == 4) {
    seconds = static_cast<std::int64_t>(big_endian(bytes));
  } else if (bytes.size() == 8) {
    const auto both = big_endian(bytes);
    nanos = both >> 34U;
    seconds = static_cast<std::int64_t>(both & ((std::uint64_t{1} << 34U) - 1));
  } else if (bytes.size() == 12) {
    nanos = big_endian(bytes.substr(0, 4));
    seconds = static_cast<std::int64_t>(big_endian(bytes.substr(4)));
  } else {
    return false;
  }
  if (seconds > kMostSeconds || seconds < -kMostSeconds) return false;
  milliseconds = seconds * 1000 + static_cast<std::int64_t>(nanos / kNanosPerMilli);
  return true;
}

/// Turns what the parser meets into JSON. The names are msgpack's.
class Visitor : public msgpack::null_visitor {
 public:
  explicit Visitor(std::string& out) : json_(out) {}

  // NOLINTBEGIN(readability-convert-member-functions-to-static)
  bool visit_nil() {
    if (key_) return false;
    json_.null();
    return true;
  }
  bool visit_boolean(bool value) {
    if (key_) return false;
    json_.boolean(value);
    return true;
  }
  bool visit_positive_integer(std::uint64_t value) {
    if (key_) return json_.key(std::to_string(value));
    json_.natural(value);
    return true;
  }
  bool visit_negative_integer(std::int64_t value) {
    if (key_) return json_.key(std::to_string(value));
    json_.integer(value);
    return true;
  }
  bool visit_float32(float value) { return visit_real(value); }
  bool visit_float64(double value) { return visit_real(value); }
  bool visit_str(const char* text, std::uint32_t size) {
    return key_ ? json_.key({text, size}) : json_.text({text, size});
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    if (key_) return false;
    json_.bytes({bytes, size});
    return true;
  }
  /// `bytes` begins with the type.
  bool visit_ext(const char* bytes, std::uint32_t size) {
    std::int64_t milliseconds = 0;
    const bool right = !key_ && size > 0 && static_cast<std::int8_t>(*bytes) == kTimestamp &&
                       read_timestamp({bytes + 1, size - 1}, milliseconds);
    if (right) json_.integer(milliseconds);
    return right;
  }
  bool start_array(std::uint32_t) { return !key_ && json_.open_array(); }
  bool end_array() {
    json_.close_array();
    return true;
  }
  bool start_map(std::uint32_t) { return !key_ && json_.open_object(); }
  bool start_map_key() {
    key_ = true;
    return true;
  }
  bool end_map_key() {
    key_ = false;
    return true;
  }
  bool end_map() {
    json_.close_object();
    return true;
  }
  // NOLINTEND(readability-convert-member-functions-to-static)

 private:
  template <class Real>
  bool visit_real(Real value) {
    if (key_) return false;
    json_.real(value);
    return true;
  }

  JsonBuilder json_;
  bool key_ = false;
};

bool append_message_pack(std::string& out, std::string_view bytes) {
  Visitor visitor(out);
  std::size_t at = 0;
  try {
    return msgpack::parse(bytes.data(), bytes.size(), at, visitor) && at == bytes.size();
  } catch (const msgpack::unpack_error&) {  // for an extension of 4 GiB
    return false;
  }
}

}  // namespace

bool MessagePackDecoder::decode(const Message& message, Decoded& out,
                                std::vector<DeviceRequest>& /*requests*/) {
  if (!append_message_pack(out.begin(), message.payload)) return false;
  out.end();
  return true;
}

}  // namespace gateway
