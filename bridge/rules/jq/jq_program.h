// jq: what expressions and stages cannot say.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gateway {

/// A program that compiles, and what it may use for one message.
struct JqProgram {
  /// Has a process read it, for it may take any time and memory to. Errors: InvalidArgument, with
  /// what jq says; Io when there is no process to be had.
  static webpubsub::Result<JqProgram> parse(std::string_view text);

  std::string text{};  // empty: none
  std::chrono::milliseconds timeout{50};
  std::size_t memory = 32 * 1024 * 1024;
  bool operator==(const JqProgram&) const = default;

  bool is_set() const noexcept { return !text.empty(); }
};

}  // namespace gateway
