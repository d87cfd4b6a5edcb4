// What a client has set in groups and which groups it follows, over all its connections: internal
// to client/.
//
// The service forgets both with the connection, so each new one is told again, a window at a time.
// Only what the service once accepted is kept: of anything else the caller knows that it failed.
// Knows no socket: it says what to send next and is told what came of it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "webpubsub/protocol/frames.h"

namespace webpubsub {

enum class GroupStateKind : std::uint8_t { Set, Follow };

struct GroupStateRequest {
  GroupStateKind kind = GroupStateKind::Set;
  std::string group{};
};

class GroupStateMemory {
 public:
  static constexpr std::size_t kMaxGroups = 1'000;
  static constexpr std::size_t kMaxInFlight = 32;

  /// Whether what is said of `group` could be kept.
  bool has_room(std::string_view group) const;

  /// The service accepted it.
  void is_set(const std::string& group, std::optional<StringMap> state);
  void is_followed(const std::string& group, bool followed);
  /// The caller says something newer of its own; what still waits to be sent would undo it.
  void overtaken(GroupStateKind kind, std::string_view group);

  /// A new connection: everything kept is asked for again.
  void connected();
  void disconnected();

  /// What to send next, if anything may be sent now.
  const GroupStateRequest* next() const;
  /// What is set in `group`; null when nothing is.
  const StringMap* state(const std::string& group) const;
  void sent();
  void answered();

 private:
  struct Kept {
    std::optional<StringMap> state{};
    bool followed = false;
  };
  void forget_if_empty(const std::string& group);

  std::map<std::string, Kept, std::less<>> kept_{};
  std::deque<GroupStateRequest> queue_{};
  std::size_t in_flight_ = 0;
};

}  // namespace webpubsub
