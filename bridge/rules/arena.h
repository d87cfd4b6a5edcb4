// Memory for the texts that the stages of a rule make of one message.

#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string_view>

namespace gateway {

/// Given back all at once, so that usual messages need no memory of their own.
class Arena {
 public:
  /// A copy that stays until reset().
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    auto* const copy = static_cast<char*>(resource_.allocate(text.size(), 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  void reset() { resource_.release(); }

 private:
  std::array<std::byte, 4096> first_{};
  std::pmr::monotonic_buffer_resource resource_{first_.data(), first_.size()};
};

}  // namespace gateway
