#include "bridge/mqtt/link_liveness.h"

#include <algorithm>

namespace gateway {

using webpubsub::TimePoint;

void LinkLiveness::connected(Limits limits, TimePoint now) {
  limits_ = limits;
  connected_at_ = now;
  waiting_since_ = now;
  probed_at_.reset();
  doubted_at_.reset();
}

LinkLiveness::Verdict LinkLiveness::look(const Signs& signs, TimePoint now) {
  if (probed_at_ && signs.heard > *probed_at_) probed_at_.reset();
  const auto suspected = suspicion(signs, now);
  if (suspected == Verdict::Fine || suspected == Verdict::Probe) {
    doubted_at_.reset();
    return suspected;
  }
  if (!doubted_at_) return Verdict::Doubt;
  return now < *doubted_at_ + kSecondLook ? Verdict::Fine : suspected;
}

LinkLiveness::Verdict LinkLiveness::suspicion(const Signs& signs, TimePoint now) const {
  if (signs.waiting && now >= publication_due(signs)) return Verdict::Unanswered;
  if (now < probe_due(signs)) return Verdict::Fine;
  if (!probed_at_) return Verdict::Probe;
  // The probe may wait behind the publications, in the library or on the wire.
  return signs.waiting ? Verdict::Fine : Verdict::Silent;
}

TimePoint LinkLiveness::next(const Signs& signs) const {
  return doubted_at_ ? *doubted_at_ + kSecondLook : due(signs);
}

TimePoint LinkLiveness::due(const Signs& signs) const {
  if (!signs.waiting) return probe_due(signs);
  const auto publication = publication_due(signs);
  return probed_at_ ? publication : std::min(probe_due(signs), publication);
}

/// To be probed, or to have answered.
TimePoint LinkLiveness::probe_due(const Signs& signs) const {
  return probed_at_ ? *probed_at_ + limits_.answer
                    : std::max(signs.heard, connected_at_) + limits_.quiet;
}

TimePoint LinkLiveness::publication_due(const Signs& signs) const {
  return unanswered_since(signs) + limits_.publication;
}

TimePoint LinkLiveness::unanswered_since(const Signs& signs) const {
  return std::max(signs.answered, waiting_since_);
}

}  // namespace gateway
