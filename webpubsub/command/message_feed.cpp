#include "webpubsub/command/message_feed.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::command {

Error MessageFeed::refused(const std::string& why) const {
  const std::string which = by_lines_ ? "line " + std::to_string(line_) : "the message";
  return {Errc::InvalidArgument, which + ' ' + why};
}

Result<Data> MessageFeed::checked(std::string_view bytes) const {
  if (bytes.size() > kMaxServiceMessage) return refused("is larger than 1 MiB");
  if (type_ == DataType::Json && !is_valid_json(bytes)) return refused("is not JSON");
  if (type_ == DataType::Text && !is_valid_utf8(bytes)) {
    return refused("is not UTF-8; send it with --type binary");
  }
  return Data{type_, std::string(bytes)};
}

Result<std::optional<Data>> MessageFeed::next() {
  if (by_lines_) return next_line();
  if (input_.size() > kMaxServiceMessage) return refused("is larger than 1 MiB");
  if (!ended_ || !whole_is_due_) return std::optional<Data>();
  whole_is_due_ = false;
  begin_ = input_.size();
  auto data = checked(input_);
  if (!data) return data.error();
  return std::optional<Data>(std::move(*data));
}

Result<std::optional<Data>> MessageFeed::next_line() {
  while (begin_ < input_.size()) {
    std::size_t end = input_.find('\n', begin_);
    if (end == input_.npos && !ended_) break;
    if (end == input_.npos) end = input_.size();
    const std::string_view text = std::string_view(input_).substr(begin_, end - begin_);
    ++line_;
    begin_ = std::min(end + 1, input_.size());
    if (text.empty()) continue;
    auto data = checked(text);
    if (!data) return data.error();
    return std::optional<Data>(std::move(*data));
  }
  input_.erase(0, begin_);
  begin_ = 0;
  if (input_.size() > kMaxServiceMessage) {
    ++line_;
    return refused("is larger than 1 MiB");
  }
  return std::optional<Data>();
}

Result<std::optional<std::string>> read_some(int fd) {
  constexpr std::size_t kMost = 64 * 1024;
  std::string bytes(kMost, '\0');
  while (true) {
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Error{Errc::Io,
                   "cannot read standard input: " + std::generic_category().message(errno)};
    }
    if (count == 0) return std::optional<std::string>();
    bytes.resize(static_cast<std::size_t>(count));
    return std::optional<std::string>(std::move(bytes));
  }
}

}  // namespace webpubsub::command
