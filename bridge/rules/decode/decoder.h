// decode: payloads that are not JSON become JSON, so that every stage after it sees one kind.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace gateway {

struct RuleOptions;

/// The readings of one message, each as JSON. Keeps its memory from message to message, but for
/// what a large one took.
class Decoded {
 public:
  /// Of one message: each costs the loop time, and two bytes can be one.
  static constexpr std::size_t kMaxReadings = 10'000;

  void clear() {
    if (text_.capacity() > kKeptBytes) text_ = {};
    if (readings_.capacity() > kKeptReadings) readings_ = {};
    text_.clear();
    readings_.clear();
    overflowed_ = false;
  }
  /// The next reading is what is appended to this until end().
  std::string& begin() {
    begin_ = text_.size();
    return text_;
  }
  /// `time`: milliseconds since the Unix epoch, where the payload says when.
  void end(std::optional<std::int64_t> time = std::nullopt) {
    if (readings_.size() >= kMaxReadings) {
      overflowed_ = true;
      text_.resize(begin_);
      return;
    }
    readings_.push_back({begin_, text_.size(), time});
  }

  std::size_t size() const noexcept { return readings_.size(); }
  std::size_t bytes() const noexcept { return text_.size(); }
  /// There were more than may be; they are not here, and what follows need not be looked at.
  bool overflowed() const noexcept { return overflowed_; }
  std::string_view json(std::size_t reading) const {
    const auto& found = readings_[reading];
    return std::string_view(text_).substr(found.begin, found.end - found.begin);
  }
  std::optional<std::int64_t> time(std::size_t reading) const { return readings_[reading].time; }

 private:
  static constexpr std::size_t kKeptBytes = 256 * 1024;
  static constexpr std::size_t kKeptReadings = 1000;
  struct Reading {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::optional<std::int64_t> time{};
  };
  std::string text_{};
  std::vector<Reading> readings_{};
  std::size_t begin_ = 0;
  bool overflowed_ = false;
};

/// A message to a device that a decoder asks for.
struct DeviceRequest {
  std::string topic{};
  std::string payload{};
};

class Decoder {
 public:
  struct Message {
    std::string_view topic{};
    std::string_view payload{};
    std::int64_t time = 0;  // arrival, milliseconds since the Unix epoch
    webpubsub::TimePoint now{};
  };

  virtual ~Decoder() = default;
  /// Appends the readings in `message`: none, one or several. False when it is not what it should
  /// be; what was appended does not count then.
  [[nodiscard]] virtual bool decode(const Message& message, Decoded& out,
                                    std::vector<DeviceRequest>& requests) = 0;
};

/// Whether the payloads of a rule are to be decoded; JSON, text and bare bytes are not.
bool needs_decoder(const RuleOptions& rule);
/// For a rule of those.
std::unique_ptr<Decoder> make_decoder(const RuleOptions& rule);

}  // namespace gateway
