// What one connection may do: which groups it may join and leave, and which it may send to.
//
// Rights come from the roles of its token and change by REST. A change for one group outweighs
// every broader rule until it is taken back. Source: reference, section 2.3.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/text.h"

namespace webpubsub::hub {

/// A wildcard role's pattern: '?' is one character other than '.', '*' any number of them, "**" any
/// number of anything, and '\' takes '*', '?' and '\' literally. Case-sensitive.
class GroupPattern {
 public:
  /// Errors: InvalidArgument when empty, over 1024 characters or five stars, or badly escaped.
  static Result<GroupPattern> parse(std::string_view text);

  bool matches(std::string_view group) const;

 private:
  enum class Kind : std::uint8_t { Literal, One, Some, Any };
  struct Token {
    Kind kind = Kind::Literal;
    char literal = 0;
  };
  std::vector<Token> tokens_;
};

/// The rules for one kind of operation.
class GroupRights {
 public:
  static constexpr std::size_t kMaxPatterns = 10;
  static constexpr std::size_t kMaxLiterals = 1000;

  bool allows(std::string_view group) const;

  void grant_all() { all_ = true; }
  /// False when the pattern is invalid or one too many: it is left out.
  bool grant_pattern(std::string_view pattern);
  /// Both false when the set of groups with a rule of their own is full.
  [[nodiscard]] bool grant(std::string_view group);
  [[nodiscard]] bool revoke(std::string_view group);

 private:
  bool broadly_allows(std::string_view group) const;
  bool set(std::string_view group, bool allowed);

  bool all_ = false;
  std::vector<GroupPattern> patterns_;
  TextMap<bool> literals_;  // groups with an answer of their own
};

struct Permissions {
  GroupRights join_leave{};
  GroupRights send{};

  /// Roles the service does not know are ignored, as are invalid patterns and rules beyond the
  /// limits; `dropped` counts the latter two for a log line.
  static Permissions from_roles(const std::vector<std::string>& roles, std::size_t& dropped);
};

}  // namespace webpubsub::hub
