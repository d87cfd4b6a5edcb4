// Files that a configuration names: the configuration itself, secrets, certificates.

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace gateway::config {

inline constexpr std::size_t kMaxSecretBytes = 64 * 1024;

/// `path` as an absolute one; a relative one starts at `directory`.
std::string resolve(const std::string& path, const std::filesystem::path& directory);

/// Why the file cannot be opened for reading, in the system's words; nothing when it can.
std::optional<std::string> why_unreadable(const std::string& path);

/// Whether every user of the machine may read it.
bool readable_by_others(const std::string& path);

/// The whole file. Errors: NotFound or Io with the system's words; ResourceExhausted when it is
/// larger than `most` bytes, of which no more are read.
webpubsub::Result<std::string> read_file(const std::filesystem::path& path, std::size_t most);

/// The secret a file holds, without the newline at its end.
/// Errors: those of read_file(); InvalidArgument when it is empty or more than one line.
webpubsub::Result<webpubsub::Secret> read_secret_file(const std::string& path);

}  // namespace gateway::config
