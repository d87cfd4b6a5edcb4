// The regular expressions of an expression: matched in time that grows with the text alone.

#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace gateway {

class Pattern {
 public:
  /// RE2's syntax. Errors: InvalidArgument for what is none, or would take more than 256 KiB.
  static webpubsub::Result<Pattern> parse(std::string_view text);

  /// Whether it is found anywhere in `text`. Any thread.
  bool matches(std::string_view text) const;

 private:
  class Compiled;
  std::shared_ptr<const Compiled> compiled_{};
};

}  // namespace gateway
