// Completions whose outcome is known but which have not run yet: internal to client/.
//
// State is put in order first and callers are told afterwards, because a completion may do
// anything: send again, stop the client, destroy it.

#pragma once

#include <utility>
#include <vector>

#include "base/result.h"

namespace webpubsub {

struct Settled {
  Completion done{};
  Result<void> outcome{};
};

using SettledList = std::vector<Settled>;

inline void settle(SettledList& list, Completion done, Result<void> outcome) {
  if (done) list.push_back({std::move(done), std::move(outcome)});
}

/// Touches nothing but the list, which may outlive the client it came from.
inline void run(SettledList list) {
  for (Settled& settled : list) settled.done(std::move(settled.outcome));
}

}  // namespace webpubsub
