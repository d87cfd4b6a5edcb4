// where: which readings go on, as an expression over what is known of them.
//
//   temperature > -40 && (site in ["berlin", "bonn"] || not exists(/meta/test))

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/rules/message_view.h"
#include "bridge/rules/sample.h"

namespace gateway {

struct Program;

/// Parsed and typed once; evaluation cannot fail, allocates nothing unless it makes text, and takes
/// no longer than the expression is long.
class Expression {
 public:
  /// The names an expression may use besides topic, qos, retained and time.
  struct Names {
    const std::vector<std::string>& variables;  // captures
    const std::vector<std::string>* fields;     // nullptr: any name is a field of the payload
  };
  /// Errors: InvalidArgument with the place, as "character 7: ...".
  static webpubsub::Result<Expression> parse(std::string_view text, const Names& names);

  struct Scope {
    const MessageView& message;
    const Sample& sample;
    Arena& arena;
  };
  /// Whether it holds. What is not there is unequal to everything, and neither less nor greater.
  bool evaluate(const Scope& scope) const;

  const std::string& text() const noexcept { return text_; }
  /// The names in it depend on the topics of the rule, which are compared on their own.
  bool operator==(const Expression& other) const { return text_ == other.text_; }

 private:
  std::string text_{};
  std::shared_ptr<const Program> program_{};
};

}  // namespace gateway
