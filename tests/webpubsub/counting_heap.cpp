#include "counting_heap.h"

#include <atomic>
#include <cstdlib>
#include <new>

// operator new is ours in this program, and the linker's --wrap (see CMakeLists.txt) sends malloc
// and realloc through us as well: RapidJSON's allocators call those directly.

namespace {
std::atomic<std::size_t> count{0};
}

// The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void* __real_malloc(std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
void* __wrap_malloc(std::size_t size) {
  ++count;
  return __real_malloc(size);
}
void* __wrap_realloc(void* memory, std::size_t size) {
  ++count;
  return __real_realloc(memory, size);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

// Not inlined: g++ would take a free() for the wrong partner of another operator new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace webpubsub {

std::size_t allocations() noexcept { return count; }

}  // namespace webpubsub
