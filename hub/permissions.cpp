#include "hub/permissions.h"

#include <algorithm>
#include <optional>

#include "webpubsub/auth/roles.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr std::size_t kMaxPatternBytes = 1024;
constexpr std::size_t kMaxStars = 5;

constexpr bool is_escapable(char c) { return c == '*' || c == '?' || c == '\\'; }

/// What follows `prefix` in `text`.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

/// The start of the character after the one at `at`.
std::size_t next_character(std::string_view text, std::size_t at) {
  do {
    ++at;
  } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
  return at;
}

/// True when a rule had to be left out.
bool apply_role(GroupRights& rights, std::string_view role, std::string_view name) {
  const auto rest = after(role, name);
  if (!rest) return false;
  if (rest->empty()) {
    rights.grant_all();
  } else if (const auto group = after(*rest, ".")) {
    // Everything behind the dot is the group's name, further dots and stars included.
    return is_valid_group_name(*group) && !rights.grant(*group);
  } else if (const auto pattern = after(*rest, "s.")) {
    return !rights.grant_pattern(*pattern);
  }
  return false;
}

}  // namespace

Result<GroupPattern> GroupPattern::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxPatternBytes) {
    return Error{Errc::InvalidArgument, "a group pattern has 1 to 1024 characters"};
  }
  GroupPattern pattern;
  std::size_t stars = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '?') {
      pattern.tokens_.push_back({Kind::One, 0});
    } else if (text[i] == '*') {
      const std::size_t end = std::min(text.find_first_not_of('*', i), text.size());
      pattern.tokens_.push_back({end - i > 1 ? Kind::Any : Kind::Some, 0});
      ++stars;
      i = end - 1;
    } else {
      if (text[i] == '\\' && (++i == text.size() || !is_escapable(text[i]))) {
        return Error{Errc::InvalidArgument, "a group pattern escapes only '*', '?' and '\\'"};
      }
      pattern.tokens_.push_back({Kind::Literal, text[i]});
    }
  }
  if (stars > kMaxStars) {
    return Error{Errc::InvalidArgument, "a group pattern has at most five stars"};
  }
  return pattern;
}

bool GroupPattern::matches(std::string_view group) const {
  // Where to go on when a try fails: the latest "*", and behind it the latest "**". An earlier
  // star never needs another try, since the part after it already matched as early as it could.
  struct Retry {
    std::size_t token = 0;
    std::size_t at = 0;
    bool set = false;
  };
  Retry some;
  Retry any;
  std::size_t token = 0;
  std::size_t at = 0;
  while (at < group.size()) {
    const Kind kind = token < tokens_.size() ? tokens_[token].kind : Kind::Literal;
    if (token < tokens_.size() && kind == Kind::Any) {
      any = {++token, at, true};
      some.set = false;
    } else if (token < tokens_.size() && kind == Kind::Some) {
      some = {++token, at, true};
    } else if (token < tokens_.size() && kind == Kind::One && group[at] != '.') {
      ++token;
      at = next_character(group, at);
    } else if (token < tokens_.size() && kind == Kind::Literal &&
               tokens_[token].literal == group[at]) {
      ++token;
      ++at;
    } else if (some.set && group[some.at] != '.') {
      at = some.at = next_character(group, some.at);
      token = some.token;
    } else if (any.set) {
      at = any.at = next_character(group, any.at);
      token = any.token;
      some.set = false;
    } else {
      return false;
    }
  }
  while (token < tokens_.size() &&
         (tokens_[token].kind == Kind::Some || tokens_[token].kind == Kind::Any)) {
    ++token;
  }
  return token == tokens_.size();
}

bool GroupRights::broadly_allows(std::string_view group) const {
  return all_ || std::any_of(patterns_.begin(), patterns_.end(),
                             [&](const GroupPattern& pattern) { return pattern.matches(group); });
}

bool GroupRights::allows(std::string_view group) const {
  if (!literals_.empty()) {
    if (const auto found = literals_.find(group); found != literals_.end()) return found->second;
  }
  return broadly_allows(group);
}

bool GroupRights::grant_pattern(std::string_view text) {
  if (patterns_.size() >= kMaxPatterns) return false;
  auto pattern = GroupPattern::parse(text);
  if (!pattern) return false;
  patterns_.push_back(std::move(*pattern));
  return true;
}

bool GroupRights::set(std::string_view group, bool allowed) {
  const auto found = literals_.find(group);
  if (broadly_allows(group) == allowed) {
    if (found != literals_.end()) literals_.erase(found);
    return true;
  }
  if (found != literals_.end()) {
    found->second = allowed;
    return true;
  }
  if (literals_.size() >= kMaxLiterals) return false;
  literals_.emplace(group, allowed);
  return true;
}

bool GroupRights::grant(std::string_view group) { return set(group, true); }
bool GroupRights::revoke(std::string_view group) { return set(group, false); }

Permissions Permissions::from_roles(const std::vector<std::string>& roles, std::size_t& dropped) {
  Permissions permissions;
  for (const std::string& role : roles) {
    if (apply_role(permissions.join_leave, role, kJoinLeaveAny)) ++dropped;
    if (apply_role(permissions.send, role, kSendToAny)) ++dropped;
  }
  return permissions;
}

}  // namespace webpubsub::hub
