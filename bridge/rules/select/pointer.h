// JSON pointers (RFC 6901): where in a payload a value stands.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/rules/decode/document.h"

namespace gateway {

class Pointer {
 public:
  /// "" is the whole payload, "/a/0/b~1c" the member "b/c" of the first item of "a".
  /// Errors: InvalidArgument for text that does not start with '/', a '~' that is not "~0" or "~1",
  /// more than 32 steps.
  static webpubsub::Result<Pointer> parse(std::string_view text);

  /// Absent when it is not there.
  Value find(const Document& document, Arena& arena) const;
  const std::string& text() const noexcept { return text_; }
  bool operator==(const Pointer&) const = default;

 private:
  struct Step {
    std::string name{};
    std::optional<std::size_t> index{};  // when the name is one
    bool operator==(const Step&) const = default;
  };
  std::string text_{};
  std::vector<Step> steps_{};
};

}  // namespace gateway
