#include "bridge/rules/jq/jq_program.h"

#include "bridge/rules/jq/jq_child.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

Result<JqProgram> JqProgram::parse(std::string_view text) {
  constexpr std::size_t kMaxText = 16 * 1024;
  if (text.empty() || text.size() > kMaxText || text.find('\0') != std::string_view::npos) {
    return Error{Errc::InvalidArgument, "a jq program of 1 to 16384 bytes expected"};
  }
  JqProgram program{.text = std::string(text)};
  // Not in this process: jq 1.7 works out constants as it reads, and `"x" * 2000000000` is one.
  if (auto started = JqChild::start(program); !started) return std::move(started).error();
  return program;
}

}  // namespace gateway
