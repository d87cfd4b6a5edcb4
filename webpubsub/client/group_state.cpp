// States set in groups: what this connection tells, and what it follows.

#include <utility>

#include "webpubsub/client/client_impl.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {

void ClientImpl::set_group_state(std::string_view group, std::optional<StringMap> state,
                                 Completion done) {
  request(group, SetGroupState{std::string(group), std::move(state), next_ack_id_},
          std::move(done));
}

void ClientImpl::subscribe_group_state(std::string_view group, Completion done) {
  request(group, SubscribeGroupState{std::string(group), next_ack_id_}, std::move(done));
}

void ClientImpl::unsubscribe_group_state(std::string_view group, Completion done) {
  request(group, UnsubscribeGroupState{std::string(group), next_ack_id_}, std::move(done));
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

void ClientImpl::handle(GroupStates& frame) {
  if (is_new(frame.sequence_id, 0)) listener_.on_group_states(frame);
}

}  // namespace webpubsub
