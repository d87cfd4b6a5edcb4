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

void PahoLink::on_probe_answered() noexcept { heard_ = steady_now(); }

void PahoLink::on_publication_answered() noexcept {
  const auto now = steady_now();
  heard_ = now;
  answered_ = now;
}

void PahoLink::begin_watch() {
  heard_ = connected_at_;
  liveness_.connected({.quiet = target_.options.keep_alive,
                       .answer = target_.options.connect_timeout,
                       .publication = target_.options.publication_timeout},
                      connected_at_);
}

LinkLiveness::Signs PahoLink::signs() const {
  return {.heard = heard_, .answered = answered_, .waiting = client_->awaits_acknowledgement()};
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
  const auto seen = signs();
  switch (liveness_.look(seen, now)) {
    case Verdict::Fine:
      return;
    case Verdict::Probe:
      if (const auto asked = client_->probe(); !asked) return give_up(asked.error().message);
      return liveness_.probed(steady_now());  // it had to wait for the library's lock
    case Verdict::Doubt:
      // Waits for the lock, which another link's search for a name may have held all the time.
      static_cast<void>(client_->is_connected());
      return liveness_.doubted(steady_now());
    case Verdict::Silent:
      return give_up(target_.broker.text() +
                     " keeps the connection open and has said nothing for " +
                     silent_for(seen.heard));
    case Verdict::Unanswered:
      return give_up(target_.broker.text() + " has answered none of our publications for " +
                     silent_for(liveness_.unanswered_since(seen)));
  }
}

/// With a new client: the library takes the connection of this one for a good one.
void PahoLink::give_up(const std::string& why) {
  drop_client();
  retry_later({Errc::Timeout, why});
}

}  // namespace gateway
