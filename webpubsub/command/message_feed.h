// What there is to send, one message after another: the words of the command line, all of standard
// input, or its lines as they come.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::command {

class MessageFeed {
 public:
  /// All of the input is one message.
  static MessageFeed whole(DataType type) { return MessageFeed(type, false); }
  /// One message a line; empty ones are passed over.
  static MessageFeed lines(DataType type) { return MessageFeed(type, true); }

  /// Input as it comes; input_ended() after the last of it.
  void feed(std::string_view bytes) { input_ += bytes; }
  void input_ended() noexcept { ended_ = true; }

  /// The next message; nothing before more input is there, and when it was the last.
  /// Errors: InvalidArgument for one that is too large or not of its type, naming the line.
  Result<std::optional<Data>> next();
  bool is_over() const noexcept { return ended_ && begin_ == input_.size() && !whole_is_due_; }
  /// Of the latest message, counted from 1; 0 for a message that is no line.
  std::size_t line() const noexcept { return by_lines_ ? line_ : 0; }

 private:
  MessageFeed(DataType type, bool by_lines)
      : type_(type), by_lines_(by_lines), whole_is_due_(!by_lines) {}
  Result<std::optional<Data>> next_line();
  Result<Data> checked(std::string_view bytes) const;
  Error refused(const std::string& why) const;

  DataType type_;
  bool by_lines_;
  bool whole_is_due_;
  bool ended_ = false;
  std::string input_{};
  std::size_t begin_ = 0;  // of what has not been given out
  std::size_t line_ = 0;
};

/// Reads what is there, waiting for the first byte of it. Nothing at the end of the input.
/// Errors: Io.
Result<std::optional<std::string>> read_some(int fd);

}  // namespace webpubsub::command
