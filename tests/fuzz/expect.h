// What a fuzz target holds its parser to.

#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace webpubsub::fuzz {

/// Ends the process, which is what fuzzers look for, when `holds` does not.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// The input as the parsers take it.
inline std::string_view text_of(const unsigned char* bytes, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace webpubsub::fuzz

/// One input: the function libFuzzer and replay.cpp call.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size);
