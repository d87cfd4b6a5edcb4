// A jq program at work, in a process of its own: neither an endless loop nor a gigabyte of text in
// it can harm the gateway. The process is started when it is first needed, has no files, no
// environment and no more memory than the program may have, and ends with us.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "bridge/rules/decode/decoder.h"
#include "bridge/rules/jq/jq_child.h"
#include "bridge/rules/jq/jq_program.h"

namespace gateway {

class JqWorker {
 public:
  explicit JqWorker(JqProgram program) : program_(std::move(program)) {}

  enum class Ran : std::uint8_t {
    Done,
    Failed,  // the program said so
    Killed,  // it took too long or too much; or it is out of use for a while, having done so often
  };
  /// Appends the results for the readings of a message to `out`, each of the time of its reading.
  /// Waits for them, for all together at most as long as the program may take.
  Ran run(const Decoded& readings, webpubsub::TimePoint now, Decoded& out);

 private:
  bool start();
  Ran run_all(const Decoded& readings, Decoded& out);
  Ran run_one(std::string_view json, std::optional<std::int64_t> time,
              webpubsub::TimePoint deadline, Decoded& out);
  Ran give_up(webpubsub::TimePoint now);

  JqProgram program_;
  std::optional<JqChild> child_{};
  unsigned kills_ = 0;  // in a row
  webpubsub::TimePoint paused_until_{};
  std::string answer_{};
};

}  // namespace gateway
