// How the control thread notices that a connection which looks alive is not.

#include <algorithm>

#include "base/units.h"
#include "bridge/mqtt/paho_link.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::steady_now;
using webpubsub::TimePoint;

// A callback that hangs, and whatever else hangs in the library, holds the lock that this waits
// for.
void PahoLink::handle(Ask) {
  const bool connected = client_ && client_->is_connected();
  emit(LinkAsked{.agrees = connected || state_ != State::Connected});
}

void PahoLink::on_answered() noexcept { heard_ = steady_now(); }

void PahoLink::begin_watch() {
  heard_ = connected_at_;
  liveness_.connected({.quiet = target_.options.keep_alive,
                       .answer = target_.options.connect_timeout,
                       .publication = target_.options.publication_timeout},
                      connected_at_);
}

LinkLiveness::Signs PahoLink::signs() const {
  return {.heard = heard_, .answered = answered_, .waiting = client_->unanswered() > 0};
}

std::optional<TimePoint> PahoLink::wake_at() const {
  if (state_ != State::Connected) return deadline_;
  const auto look_at = liveness_.next(signs());
  return deadline_ ? std::min(*deadline_, look_at) : look_at;
}

void PahoLink::look_for_life() {
  using Verdict = LinkLiveness::Verdict;
  const auto now = steady_now();
  const auto silent_for = [now](TimePoint since) {
    return webpubsub::rough_duration(std::chrono::floor<std::chrono::milliseconds>(now - since));
  };
  switch (liveness_.look(signs(), now)) {
    case Verdict::Fine:
      return;
    case Verdict::Probe:
      liveness_.probed(now);
      if (const auto asked = client_->probe(); !asked) give_up(asked.error().message);
      return;
    case Verdict::Silent:
      return give_up(target_.broker.text() +
                     " keeps the connection open and has said nothing for " + silent_for(heard_));
    case Verdict::Unanswered:
      return give_up(target_.broker.text() + " has answered none of our publications for " +
                     silent_for(std::max(connected_at_, answered_.load())));
  }
}

/// With a new client: the library takes the connection of this one for a good one.
void PahoLink::give_up(const std::string& why) {
  drop_client();
  retry_later({Errc::Timeout, why});
}

}  // namespace gateway
