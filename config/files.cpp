#include "config/files.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gateway::config {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::Secret;

namespace {

/// A descriptor that closes itself.
class File {
 public:
  // Non-blocking, or a named pipe without a writer would hold us up.
  explicit File(const char* path) : descriptor_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const noexcept { return descriptor_ >= 0; }
  bool is_regular() const noexcept {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  }
  ssize_t read(char* into, std::size_t size) const noexcept {
    return ::read(descriptor_, into, size);
  }

 private:
  int descriptor_;
};

std::string system_text(int error) { return std::generic_category().message(error); }

}  // namespace

std::string resolve(const std::string& path, const std::filesystem::path& directory) {
  std::error_code error;
  const auto joined = directory / path;  // an absolute path stands alone
  const auto absolute = std::filesystem::absolute(joined, error);
  return (error ? joined : absolute).lexically_normal().string();
}

std::optional<std::string> why_unreadable(const std::string& path) {
  const File file(path.c_str());
  if (!file.is_open()) return system_text(errno);
  if (!file.is_regular()) return "Not a regular file";
  return std::nullopt;
}

bool readable_by_others(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t most) {
  const File file(path.c_str());
  if (!file.is_open()) {
    const int error = errno;
    return Error{error == ENOENT ? Errc::NotFound : Errc::Io, system_text(error)};
  }
  if (!file.is_regular()) return Error{Errc::Io, "Not a regular file"};
  std::string text;
  std::array<char, 16 * 1024> block{};
  while (text.size() <= most) {
    const auto got = file.read(block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{Errc::Io, system_text(errno)};
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return Error{Errc::ResourceExhausted, "File too large"};
}

Result<Secret> read_secret_file(const std::string& path) {
  auto text = read_file(path, kMaxSecretBytes);
  if (!text) return text.error();
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return Error{Errc::InvalidArgument, "it is empty"};
  if (text->find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
    return Error{Errc::InvalidArgument, "it holds more than one line"};
  }
  return Secret(std::move(*text));
}

}  // namespace gateway::config
