#include "bridge/mqtt/link_liveness.h"

#include <algorithm>

namespace gateway {

using webpubsub::TimePoint;

void LinkLiveness::connected(Limits limits, TimePoint now) {
  limits_ = limits;
  connected_at_ = now;
  waiting_since_ = now;
  probed_at_.reset();
}

LinkLiveness::Verdict LinkLiveness::look(const Signs& signs, TimePoint now) {
  if (probed_at_ && signs.heard > *probed_at_) probed_at_.reset();
  if (signs.waiting && now >= publication_due(signs)) return Verdict::Unanswered;
  if (now < probe_due(signs)) return Verdict::Fine;
  return probed_at_ ? Verdict::Silent : Verdict::Probe;
}

TimePoint LinkLiveness::next(const Signs& signs) const {
  const auto due = probe_due(signs);
  return signs.waiting ? std::min(due, publication_due(signs)) : due;
}

/// To be probed, or to have answered.
TimePoint LinkLiveness::probe_due(const Signs& signs) const {
  return probed_at_ ? *probed_at_ + limits_.answer
                    : std::max(signs.heard, connected_at_) + limits_.quiet;
}

TimePoint LinkLiveness::publication_due(const Signs& signs) const {
  return std::max(signs.answered, waiting_since_) + limits_.publication;
}

}  // namespace gateway
