#include "bridge/rules/jq/jq_program.h"

#include "bridge/rules/jq/jq_engine.h"

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
  JqEngine engine;
  if (auto wrong = engine.compile(program.text)) {
    return Error{Errc::InvalidArgument, "no jq program: " + *wrong};
  }
  return program;
}

}  // namespace gateway
