#include "bridge/rules/decode/cbor.h"

#include <limits>
#include <vector>

#include <cbor.h>

#include "bridge/rules/decode/json_builder.h"

namespace gateway {

namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

/// Turns what libcbor meets into JSON.
class Writer {
 public:
  Writer(std::string& out, CborLabel label) : json_(out), label_(label) {}

  bool ok() const noexcept { return ok_; }
  bool done() const noexcept { return done_; }

  void natural(std::uint64_t value) {
    if (at_key()) {
      name_number(value <= INT64_MAX ? static_cast<std::int64_t>(value) : INT64_MAX,
                  std::to_string(value));
    } else if (begin_value()) {
      json_.natural(value);
      end_value();
    }
  }

  /// Of -1 - `value`.
  void negative(std::uint64_t value) {
    const bool fits = value <= INT64_MAX;
    const auto number = fits ? -1 - static_cast<std::int64_t>(value) : INT64_MIN;
    const auto digits = fits                ? std::to_string(number)
                        : value == kUnknown ? std::string("-18446744073709551616")
                                            : "-" + std::to_string(value + 1);
    if (at_key()) {
      name_number(number, digits);
    } else if (begin_value()) {
      json_.raw(digits);
      end_value();
    }
  }

  template <class Real>
  void real(Real value) {
    if (begin_value()) {
      json_.real(value);
      end_value();
    }
  }

  void boolean(bool value) {
    if (begin_value()) {
      json_.boolean(value);
      end_value();
    }
  }

  void null() {
    if (begin_value()) {
      json_.null();
      end_value();
    }
  }

  void string(std::string_view text, bool binary) {
    if (in_chunks_) {
      if (binary != chunks_binary_) fail();
      chunks_ += text;
      return;
    }
    if (at_key()) {
      if (binary) return fail();
      name(text);
    } else if (begin_value()) {
      if (binary) {
        json_.bytes(text);
      } else if (!json_.text(text)) {
        return fail();
      }
      end_value();
    }
  }

  void open_chunks(bool binary) {
    if (in_chunks_) return fail();
    in_chunks_ = true;
    chunks_binary_ = binary;
    chunks_.clear();
  }

  void open(bool map, std::uint64_t size) {
    if (!begin_value()) return;
    // A map counts its keys, too.
    if (map && size != kUnknown && size > kUnknown / 4) return fail();
    levels_.push_back({map, size == kUnknown ? size : size * (map ? 2 : 1), true});
    if (!(map ? json_.open_object() : json_.open_array())) return fail();
    close_full();
  }

  void end_indefinite() {
    if (in_chunks_) {
      in_chunks_ = false;
      return string(chunks_, chunks_binary_);
    }
    const bool fits = !levels_.empty() && levels_.back().left == kUnknown &&
                      (!levels_.back().map || levels_.back().at_key);
    if (!fits) return fail();
    close();
    end_value();
  }

 private:
  struct Level {
    bool map = false;
    std::uint64_t left = 0;  // items to come; kUnknown until a break
    bool at_key = true;      // of a map: what comes next is one
  };

  void fail() { ok_ = false; }
  bool at_key() const {
    return !in_chunks_ && !levels_.empty() && levels_.back().map && levels_.back().at_key;
  }

  bool begin_value() {
    if (done_ || in_chunks_ || at_key()) fail();
    return ok_;
  }

  void count_item() {
    auto& level = levels_.back();
    level.at_key = !level.at_key;
    if (level.left != kUnknown) --level.left;
  }

  void end_value() {
    if (levels_.empty()) {
      done_ = true;
      return;
    }
    count_item();
    close_full();
  }

  void close_full() {
    while (!levels_.empty() && levels_.back().left == 0) {
      close();
      if (levels_.empty()) {
        done_ = true;
      } else {
        count_item();
      }
    }
  }

  void close() {
    if (levels_.back().map) {
      json_.close_object();
    } else {
      json_.close_array();
    }
    levels_.pop_back();
  }

  void name(std::string_view text) {
    if (!json_.key(text)) return fail();
    count_item();
  }

  void name_number(std::int64_t number, const std::string& digits) {
    const auto label = label_ == nullptr ? std::string_view{} : label_(number);
    name(label.empty() ? std::string_view(digits) : label);
  }

  JsonBuilder json_;
  CborLabel label_;
  std::vector<Level> levels_{};
  std::string chunks_{};
  bool in_chunks_ = false;
  bool chunks_binary_ = false;
  bool ok_ = true;
  bool done_ = false;
};

Writer& writer(void* context) { return *static_cast<Writer*>(context); }

std::string_view view(cbor_data bytes, std::uint64_t size) {
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

// Sizes are size_t or uint64_t, depending on the version of libcbor: hence `auto`.
cbor_callbacks make_callbacks() {
  cbor_callbacks calls = cbor_empty_callbacks;
  calls.uint8 = [](void* c, std::uint8_t value) { writer(c).natural(value); };
  calls.uint16 = [](void* c, std::uint16_t value) { writer(c).natural(value); };
  calls.uint32 = [](void* c, std::uint32_t value) { writer(c).natural(value); };
  calls.uint64 = [](void* c, std::uint64_t value) { writer(c).natural(value); };
  calls.negint8 = [](void* c, std::uint8_t value) { writer(c).negative(value); };
  calls.negint16 = [](void* c, std::uint16_t value) { writer(c).negative(value); };
  calls.negint32 = [](void* c, std::uint32_t value) { writer(c).negative(value); };
  calls.negint64 = [](void* c, std::uint64_t value) { writer(c).negative(value); };
  calls.byte_string = [](void* c, cbor_data bytes, auto size) {
    writer(c).string(view(bytes, size), true);
  };
  calls.string = [](void* c, cbor_data bytes, auto size) {
    writer(c).string(view(bytes, size), false);
  };
  calls.byte_string_start = [](void* c) { writer(c).open_chunks(true); };
  calls.string_start = [](void* c) { writer(c).open_chunks(false); };
  calls.array_start = [](void* c, auto size) { writer(c).open(false, size); };
  calls.map_start = [](void* c, auto size) { writer(c).open(true, size); };
  calls.indef_array_start = [](void* c) { writer(c).open(false, kUnknown); };
  calls.indef_map_start = [](void* c) { writer(c).open(true, kUnknown); };
  calls.tag = [](void*, std::uint64_t) {};
  calls.float2 = [](void* c, float value) { writer(c).real(value); };
  calls.float4 = [](void* c, float value) { writer(c).real(value); };
  calls.float8 = [](void* c, double value) { writer(c).real(value); };
  calls.undefined = [](void* c) { writer(c).null(); };
  calls.null = [](void* c) { writer(c).null(); };
  calls.boolean = [](void* c, bool value) { writer(c).boolean(value); };
  calls.indef_break = [](void* c) { writer(c).end_indefinite(); };
  return calls;
}

}  // namespace

bool append_cbor(std::string& out, std::string_view bytes, CborLabel label) {
  static const cbor_callbacks calls = make_callbacks();
  Writer to_json(out, label);
  const auto* data = reinterpret_cast<cbor_data>(bytes.data());
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (to_json.done()) return false;  // something behind it
    const auto step = cbor_stream_decode(data + at, bytes.size() - at, &calls, &to_json);
    if (step.status != CBOR_DECODER_FINISHED || !to_json.ok()) return false;
    at += step.read;
  }
  return to_json.done();
}

bool CborDecoder::decode(const Message& message, Decoded& out,
                         std::vector<DeviceRequest>& /*requests*/) {
  if (!append_cbor(out.begin(), message.payload)) return false;
  out.end();
  return true;
}

}  // namespace gateway
