// The files of a folder, without the exceptions of walking it.

#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace gateway {

/// Nothing where it cannot be read.
inline std::vector<std::filesystem::directory_entry> entries_of(
    const std::filesystem::path& directory) {
  std::vector<std::filesystem::directory_entry> entries;
  std::error_code error;
  std::filesystem::directory_iterator each(directory, error);
  while (!error && each != std::filesystem::directory_iterator()) {
    entries.push_back(*each);
    each.increment(error);
  }
  return entries;
}

}  // namespace gateway
