// A heap that counts: link counting_heap.cpp into a test program to have it.

#pragma once

#include <cstddef>

namespace webpubsub {

/// How often memory was asked for so far, by new, malloc or realloc.
std::size_t allocations() noexcept;

}  // namespace webpubsub
