#include "daemon/heap_trim.h"

#include <algorithm>

#include <malloc.h>

namespace gateway {

void HeapTrim::keep_large_apart() {
  // The only thread so far. NOLINTNEXTLINE(concurrency-mt-unsafe)
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, kLarge));
}

void HeapTrim::give_back() { static_cast<void>(malloc_trim(0)); }

bool HeapTrim::look() {
  const std::size_t idle = mallinfo2().fordblks;
  const auto lasting = std::min(idle, idle_);
  idle_ = idle;
  kept_ = std::min(kept_, idle);
  if (lasting < kept_ + kWorthIt) return false;
  const bool given_back = malloc_trim(0) == 1;
  // The books call it idle all the same: the addresses stay.
  kept_ = mallinfo2().fordblks;
  return given_back;
}

}  // namespace gateway
