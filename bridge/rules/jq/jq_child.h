// A process that runs one jq program, as its parent sees it.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/clock.h"
#include "base/result.h"
#include "bridge/rules/jq/jq_program.h"

namespace gateway {

/// Ends the process with itself.
class JqChild {
 public:
  /// Starts it and waits until it has read `program`. Errors: InvalidArgument with what jq says of
  /// the program, or that it takes too much to read; Io when there is no process to be had.
  static webpubsub::Result<JqChild> start(const JqProgram& program);

  JqChild(JqChild&& other) noexcept
      : process_(std::exchange(other.process_, -1)), socket_(std::exchange(other.socket_, -1)) {}
  JqChild& operator=(JqChild&& other) = delete;
  ~JqChild();

  /// Gives it `json` and waits for its `answer`, see jq_process.h. False at the deadline, and when
  /// it ended: it is of no more use then.
  bool exchange(std::string_view json, std::string& answer, webpubsub::TimePoint deadline);

 private:
  JqChild(pid_t process, int socket) noexcept : process_(process), socket_(socket) {}

  bool receive(std::string& answer, webpubsub::TimePoint deadline);

  pid_t process_;
  int socket_;
};

}  // namespace gateway
