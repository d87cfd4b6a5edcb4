#include "bridge/uplink/pacer.h"

#include <algorithm>

namespace gateway {

using webpubsub::TimePoint;

Pacer::Pacer(double pace, TimePoint now) : bucket_(pace, std::max(20.0, pace / 50), now) {}

double Pacer::wanted(std::size_t frames) const {
  return std::min(static_cast<double>(frames), bucket_.capacity());
}

bool Pacer::allows(std::size_t frames, TimePoint now) const {
  return bucket_.tokens(now) >= wanted(frames);
}

TimePoint Pacer::when(std::size_t frames, TimePoint now) const {
  return bucket_.after(wanted(frames) - bucket_.tokens(now), now);
}

void Pacer::spend(std::size_t frames, TimePoint now) {
  bucket_.spend(static_cast<double>(frames), now, bucket_.capacity());
}

void Pacer::owe(std::size_t frames, TimePoint now) {
  bucket_.spend(static_cast<double>(frames), now);
}

}  // namespace gateway
