// What a thinner knows, as bytes and back: for each key numbers, each with a space behind it, and
// texts, each behind its length.

#include <charconv>
#include <limits>

#include "bridge/rules/thin/thinner.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::TimePoint;

namespace {

constexpr std::string_view kVersion = "1 ";

void put(std::string& out, std::int64_t number) {
  out += std::to_string(number);
  out += ' ';
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

/// Reads what put() wrote; after something else everything is nothing.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  bool done() const noexcept { return rest_.empty() || !right_; }
  bool right() const noexcept { return right_; }

  std::int64_t number() {
    std::int64_t value = 0;
    const auto* const end = rest_.data() + rest_.size();
    const auto [rest, error] = std::from_chars(rest_.data(), end, value);
    right_ = right_ && error == std::errc{} && rest != end && *rest == ' ';
    if (!right_) return 0;
    rest_.remove_prefix(static_cast<std::size_t>(rest - rest_.data()) + 1);
    return value;
  }

  std::string_view text() {
    const auto size = number();
    right_ = right_ && size >= 0 && static_cast<std::uint64_t>(size) <= rest_.size();
    if (!right_) return {};
    const auto value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(value.size());
    return value;
  }

 private:
  std::string_view rest_;
  bool right_ = true;
};

std::int64_t milliseconds_of(TimePoint time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string Thinner::save(std::int64_t clock_offset) {
  std::string out(kVersion);
  for (const auto& state : states_) {
    put(out, state.key);
    put(out, milliseconds_of(state.forwarded) + clock_offset);
    put(out, static_cast<std::int64_t>(state.seen));
    for (const auto& value : state.values) {
      put(out, static_cast<std::int64_t>(value.kind));
      put(out, value.text);
    }
  }
  unsaved_ = false;
  return out;
}

void Thinner::restore(std::string_view saved, std::int64_t clock_offset) {
  if (!saved.starts_with(kVersion)) return;
  Reader reader(saved.substr(kVersion.size()));
  const auto values = options_.deadband.size() + options_.on_change.size();
  while (!reader.done() && states_.size() < kMaxKeys) {
    State state{.key = std::string(reader.text())};
    state.forwarded = TimePoint(milliseconds(reader.number() - clock_offset));
    state.seen = static_cast<std::uint64_t>(reader.number());
    for (std::size_t i = 0; i < values; ++i) {
      const auto kind = reader.number();
      if (kind < 0 || kind > static_cast<std::int64_t>(Value::Kind::Json)) return;
      state.values.push_back({static_cast<Value::Kind>(kind), std::string(reader.text())});
    }
    if (!reader.right()) return;
    if (by_key_.contains(state.key)) continue;
    states_.push_back(std::move(state));
    by_key_.emplace(states_.back().key, std::prev(states_.end()));
  }
}

}  // namespace gateway
