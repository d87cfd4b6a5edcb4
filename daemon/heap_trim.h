// Gives memory back to the machine that was needed for a while only, such as for an outage.
//
// The allocator keeps what is freed below something that is still in use. On a small machine
// others need it.

#pragma once

#include <cstddef>

namespace gateway {

class HeapTrim {
 public:
  static constexpr std::size_t kWorthIt = 8 * 1024 * 1024;  // that lie idle
  static constexpr int kLarge = 256 * 1024;

  /// Large pieces come from the machine one by one and go back to it at once. The allocator would
  /// begin to keep them after the first one, among small ones that outlast them. At the start.
  static void keep_large_apart();
  /// Gives back what lies idle now, such as what opening the store took.
  static void give_back();
  /// To be called every few seconds, in which an idle gateway needs nothing of it. What has been
  /// idle since the call before is given back; answers whether anything was.
  bool look();

 private:
  std::size_t idle_ = 0;  // bytes, as of the latest look
  std::size_t kept_ = 0;  // that could not be given back
};

}  // namespace gateway
