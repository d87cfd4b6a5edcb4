// The record of commands: one line for each, with what an operator asks afterwards.

#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/token_bucket.h"
#include "bridge/downlink/flights.h"
#include "bridge/downlink/outcome.h"

namespace gateway {

/// Used on the loop's thread. `log` must outlive it.
class CommandAudit {
 public:
  explicit CommandAudit(webpubsub::Log& log);

  /// One that was accepted: each has its line.
  void ended(const Flight& flight, const CommandEnd& end, webpubsub::Duration duration);
  /// One that was turned away. Beyond some twenty a second they are counted in the lines of a
  /// storm: nobody can fill the journal from outside.
  void refused(const Flight& flight, const CommandEnd& end);

 private:
  webpubsub::Log& log_;
  webpubsub::TokenBucket lines_;
};

}  // namespace gateway
