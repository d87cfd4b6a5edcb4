#include "webpubsub/entra/secret_file.h"

#include <fstream>

namespace webpubsub {

Result<Secret> read_secret_text(const std::string& file) {
  constexpr std::streamsize kMostBytes = 64 * 1024;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  stream.read(text.data(), kMostBytes + 1);
  if (stream.bad() || stream.gcount() == 0) {
    return Error{Errc::InvalidArgument, file + " is empty or cannot be read"};
  }
  if (stream.gcount() > kMostBytes) {
    return Error{Errc::InvalidArgument, file + " is larger than 64 KiB"};
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  text.resize(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) return Error{Errc::InvalidArgument, file + " is empty or cannot be read"};
  return Secret(std::move(text));
}

}  // namespace webpubsub
