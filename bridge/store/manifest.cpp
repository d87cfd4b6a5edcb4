#include "bridge/store/manifest.h"

#include <fstream>
#include <iterator>
#include <string_view>

namespace gateway {

namespace {

// doc/log_format.md of LevelDB: blocks of 32 KiB; entries of checksum (4 bytes), length (2, low
// byte first), type (1) and what they are about; no entry begins in the last 6 bytes of a block.
constexpr std::size_t kBlock = 32 * 1024;
constexpr std::size_t kHeader = 7;
constexpr unsigned kFull = 1;
constexpr unsigned kLast = 4;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

bool manifest_is_torn(const std::string& directory) {
  auto name = content_of(directory + "/CURRENT");
  while (!name.empty() && name.back() == '\n') name.pop_back();
  const bool is_name = name.starts_with("MANIFEST-") && name.find('/') == std::string::npos;
  if (!is_name) return false;  // LevelDB will see
  const auto list = content_of(directory + "/" + name);
  bool complete = true;
  for (std::size_t at = 0; at < list.size();) {
    const auto left = kBlock - at % kBlock;
    if (left < kHeader) {
      at += left;
      continue;
    }
    if (list.size() - at < kHeader) return true;
    const auto length = byte_at(list, at + 4) | byte_at(list, at + 5) << 8U;
    const auto type = byte_at(list, at + 6);
    at += kHeader + length;
    if (at > list.size()) return true;
    complete = type == kFull || type == kLast;
  }
  return !complete;
}

}  // namespace gateway
