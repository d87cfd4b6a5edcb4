// States set in groups: what this connection tells, and what it follows.

#include <utility>

#include "webpubsub/client/client_impl.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {

void ClientImpl::set_group_state(std::string_view group, std::optional<StringMap> state,
                                 Completion done) {
  if (state && !has_room_for_state(group, done)) return;
  UpstreamFrame frame = SetGroupState{std::string(group), state, next_ack_id_};
  states_.overtaken(GroupStateKind::Set, group);
  request(group, frame,
          [this, watch = watch(), name = std::string(group), kept = std::move(state),
           told = std::move(done)](Result<void> outcome) mutable {
            if (outcome && !watch.expired()) states_.is_set(name, std::move(kept));
            if (told) told(std::move(outcome));
          });
}

void ClientImpl::subscribe_group_state(std::string_view group, Completion done) {
  if (!has_room_for_state(group, done)) return;
  states_.overtaken(GroupStateKind::Follow, group);
  request(group, SubscribeGroupState{std::string(group), next_ack_id_},
          [this, watch = watch(), name = std::string(group),
           told = std::move(done)](Result<void> outcome) {
            if (outcome && !watch.expired()) states_.is_followed(name, true);
            if (told) told(std::move(outcome));
          });
}

void ClientImpl::unsubscribe_group_state(std::string_view group, Completion done) {
  // Whatever comes of it, nobody wants to hear of the group any more.
  states_.is_followed(std::string(group), false);
  states_.overtaken(GroupStateKind::Follow, group);
  request(group, UnsubscribeGroupState{std::string(group), next_ack_id_},
          [this, watch = watch(), name = std::string(group),
           told = std::move(done)](Result<void> outcome) {
            // Once more: a subscription before it may have been answered in between.
            if (outcome && !watch.expired()) states_.is_followed(name, false);
            if (told) told(std::move(outcome));
          });
}

bool ClientImpl::has_room_for_state(std::string_view group, Completion& done) {
  if (states_.has_room(group)) return true;
  settle_later(std::move(done), Error{Errc::ResourceExhausted, "states of too many groups", 0});
  return false;
}

/// Sends `frame`, which carries the next ackId, or says at once why not.
void ClientImpl::request(std::string_view group, const UpstreamFrame& frame, Completion done) {
  if (!is_valid_group_name(group)) {
    return settle_later(
        std::move(done),
        Error{Errc::InvalidArgument, "a group name has 1 to 1024 characters, not all blank", 0});
  }
  const auto away = turn_away(true);
  if (!away) options_.codec->encode(frame, frame_);
  const Offer offer = away ? *away : transmit(next_ack_id_, done);
  if (offer == Offer::Accepted) return;
  const bool full = offer == Offer::Full;
  settle_later(std::move(done),
               Error{full ? Errc::ResourceExhausted : Errc::Unavailable,
                     full ? "too much waits to be sent" : "there is no connection", 0});
}

/// Tells a new connection what the one before knew, as far as window, acks and socket allow.
void ClientImpl::pump_group_states() {
  while (const GroupStateRequest* next = states_.next()) {
    if (!is_open() || resend_from_ != 0 || acks_.size() >= options_.max_pending_acks) return;
    const std::string group = next->group;
    if (next->kind == GroupStateKind::Follow) {
      options_.codec->encode(UpstreamFrame(SubscribeGroupState{group, next_ack_id_}), frame_);
    } else {
      const StringMap* state = states_.state(group);
      options_.codec->encode(
          UpstreamFrame(SetGroupState{
              group, state != nullptr ? std::optional(*state) : std::nullopt, next_ack_id_}),
          frame_);
    }
    const Offer offer =
        transmit(next_ack_id_, [this, watch = watch(), group](const Result<void>& outcome) {
          if (!watch.expired()) on_state_answer(group, outcome);
        });
    if (offer != Offer::Accepted) return;  // on_drain() comes back here
    states_.sent();
  }
}

void ClientImpl::on_state_answer(const std::string& group, const Result<void>& outcome) {
  states_.answered();
  if (is_open()) pump_group_states();
  // That the connection was lost is told by itself.
  if (!outcome && is_open()) listener_.on_group_state_failed(group, outcome.error());
}

void ClientImpl::handle(GroupStates& frame) {
  if (is_new(frame.sequence_id, 0)) listener_.on_group_states(frame);
}

}  // namespace webpubsub
