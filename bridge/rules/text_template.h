// Text with places to fill in: "site-{site}", "devices/{/device}/commands/{/name}".

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gateway {

class TextTemplate {
 public:
  struct Part {
    bool literal = true;
    std::string text{};  // the literal itself, or the variable's name without braces
    bool operator==(const Part&) const = default;
  };

  /// Splits `text` at its {variables}; "{{" and "}}" stand for braces. Which names are right is
  /// the caller's to say: `check` gets each variable's name and answers what is wrong with it, if
  /// anything.
  /// Errors: InvalidArgument for an unclosed or empty brace, or what `check` said.
  static webpubsub::Result<TextTemplate> parse(
      std::string_view text,
      const std::function<std::optional<std::string>(std::string_view name)>& check);

  const std::vector<Part>& parts() const noexcept { return parts_; }
  bool is_constant() const noexcept;
  const std::string& text() const noexcept { return text_; }
  bool operator==(const TextTemplate&) const = default;

 private:
  std::string text_{};
  std::vector<Part> parts_{};
};

}  // namespace gateway
