// States that a connection sets in a group, for those who follow them. Source: reference, 3.1.

#include <algorithm>
#include <utility>

#include "hub/protocol_session.h"
#include "hub/publish.h"

namespace webpubsub::hub {

namespace {

constexpr std::string_view kTooMuch = "The state is too large, or there are too many.";

}  // namespace

void ProtocolSession::handle(SetGroupState frame) {
  if (is_duplicate(frame.ack_id)) return;
  if (!permissions().send.allows(frame.group)) {
    return forbid(frame.ack_id, "send to", frame.group);
  }
  const GroupStateBoard::Key where{hub().name(), frame.group};
  const std::int64_t now = unix_milliseconds(wall_now());
  if (!context().group_states.set(where, *this, std::move(frame.state), now)) {
    return fail(frame.ack_id, "BadRequest", kTooMuch);
  }
  tell_state(where);
  if (!is_closing()) succeed(frame.ack_id);
}

void ProtocolSession::handle(const SubscribeGroupState& frame) {
  if (is_duplicate(frame.ack_id)) return;
  if (!permissions().join_leave.allows(frame.group)) {
    return forbid(frame.ack_id, "join", frame.group);
  }
  const GroupStateBoard::Key where{hub().name(), frame.group};
  if (!context().group_states.follow(where, *this)) {
    return fail(frame.ack_id, "BadRequest", kTooMuch);
  }
  SharedMessage snapshot(context().group_states.snapshot(where));
  deliver_to_one(context(), *this, snapshot);
  if (!is_closing()) succeed(frame.ack_id);
}

void ProtocolSession::handle(const UnsubscribeGroupState& frame) {
  if (is_duplicate(frame.ack_id)) return;
  context().group_states.unfollow({hub().name(), frame.group}, *this);
  succeed(frame.ack_id);
}

/// Tells those who follow what this connection has set, or that it has not any more.
void ProtocolSession::tell_state(const GroupStateBoard::Key& where) {
  GroupStateBoard& board = context().group_states;
  SharedMessage update(board.update(where, *this, unix_milliseconds(wall_now())));
  for (Connection* follower : board.followers(where)) {
    // One that was too slow and has been closed took others with it, perhaps.
    const auto now = board.followers(where);
    if (std::find(now.begin(), now.end(), follower) == now.end()) continue;
    deliver_to_one(context(), *follower, update);
  }
}

void ProtocolSession::forget_states() {
  for (const auto& where : context().group_states.remove(*this)) tell_state(where);
}

}  // namespace webpubsub::hub
