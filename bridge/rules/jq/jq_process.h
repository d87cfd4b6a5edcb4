// The process that runs a jq program, and how it is spoken to: each message is a length of four
// bytes and as many bytes. Its first says what is wrong with the program, if anything. Input is
// JSON; an answer is kJqDone or kJqFailed, and then, each with its length, the results.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "bridge/rules/jq/jq_program.h"

namespace gateway {

inline constexpr char kJqDone = '+';
inline constexpr char kJqFailed = '-';
inline constexpr std::size_t kJqLength = 4;

inline std::string jq_length_bytes(std::size_t size) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(size >> shift & 0xFFU);
  return bytes;
}

inline std::size_t jq_length(std::string_view bytes) {
  std::size_t size = 0;
  for (std::size_t i = kJqLength; i > 0; --i) {
    size = size << 8U | static_cast<unsigned char>(bytes[i - 1]);
  }
  return size;
}

/// The life of that process, in the child of a fork(): shuts itself in, reads the program, and
/// answers until `socket` closes.
[[noreturn]] void run_jq_process(const JqProgram& program, int socket, pid_t parent);

}  // namespace gateway
