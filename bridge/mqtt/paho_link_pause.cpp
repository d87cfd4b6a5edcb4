// A link that is told that no more is to come by it, and what it does once it has no connection.

#include <utility>

#include "bridge/mqtt/paho_link.h"

namespace gateway {

void PahoLink::handle(Pause) {
  if (stops_ || std::exchange(paused_, true)) return;
  go_on_ = false;
  untold_pause_ = true;
  if (state_ == State::Connected || state_ == State::Subscribing) {
    disconnect();
  } else if (state_ == State::Waiting || state_ == State::Connecting) {
    // An attempt that is under way goes on in its client: the next one needs another.
    aimed_anew_ = aimed_anew_ || state_ == State::Connecting;
    become_idle();
  } else if (state_ == State::Idle || state_ == State::Paused) {
    tell_pause();
  }
}

void PahoLink::handle(Resume) {
  if (!std::exchange(paused_, false)) return;
  if (state_ == State::Paused) {
    begin_attempt();
  } else if (state_ == State::Stopping) {
    go_on_ = true;
  }
}

void PahoLink::tell_pause() {
  if (std::exchange(untold_pause_, false)) emit(LinkPaused{});
}

/// The connection has ended, as we asked for.
void PahoLink::become_idle() {
  tls_trace_.reset();
  finishing_ = false;
  tell_pause();
  if (std::exchange(go_on_, false)) {
    begin_attempt();
    return;
  }
  deadline_.reset();
  if (paused_) {
    state_ = State::Paused;
    return;
  }
  state_ = State::Idle;
  emit(LinkStopped{});
}

}  // namespace gateway
