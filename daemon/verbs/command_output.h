// What another program prints: for the facts that systemd tells better than we could.

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// Runs `arguments` (the first is the program, looked up in PATH) without a shell and returns the
/// last `max_bytes` of what it wrote to standard output and error. Nothing when it cannot be
/// started. It is killed when it takes longer than `limit`.
std::optional<std::string> command_output(std::vector<std::string> arguments, std::size_t max_bytes,
                                          std::chrono::milliseconds limit);

}  // namespace gateway
