#include "daemon/reload/file_digests.h"

#include <array>

#include <openssl/evp.h>

#include "config/files.h"

namespace gateway {

namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;

/// Of what the file holds; of nothing for one that cannot be read.
std::string digest(const std::string& file) {
  const auto text = config::read_file(file, kMostBytes);
  if (!text) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  EVP_Digest(text->data(), text->size(), hash.data(), &size, EVP_sha256(), nullptr);
  return {hash.begin(), hash.begin() + size};
}

}  // namespace

void FileDigests::set_files(const std::vector<std::string>& files) {
  std::map<std::string, std::string> seen;
  for (const auto& file : files) {
    const auto before = seen_.find(file);
    seen.emplace(file, before == seen_.end() ? digest(file) : before->second);
  }
  seen_ = std::move(seen);
}

std::vector<std::string> FileDigests::look() {
  std::vector<std::string> changed;
  for (auto& [file, seen] : seen_) {
    auto now = digest(file);
    if (now == seen) continue;
    seen = std::move(now);
    changed.push_back(file);
  }
  return changed;
}

std::vector<std::string> FileDigests::files() const {
  std::vector<std::string> files;
  for (const auto& [file, seen] : seen_) files.push_back(file);
  return files;
}

}  // namespace gateway
