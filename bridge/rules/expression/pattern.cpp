#include "bridge/rules/expression/pattern.h"

#include <re2/re2.h>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

class Pattern::Compiled {
 public:
  Compiled(std::string_view text, const re2::RE2::Options& options)
      : expression(re2::StringPiece(text.data(), text.size()), options) {}
  re2::RE2 expression;
};

Result<Pattern> Pattern::parse(std::string_view text) {
  constexpr int kMaxMemory = 256 * 1024;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto compiled = std::make_shared<const Compiled>(text, options);
  if (!compiled->expression.ok()) {
    return Error{Errc::InvalidArgument, "no regular expression: " + compiled->expression.error()};
  }
  Pattern pattern;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->expression);
}

}  // namespace gateway
