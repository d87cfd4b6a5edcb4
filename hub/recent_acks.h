// Which requests of one connection were carried out, so that a repeat is not carried out twice.

#pragma once

#include <cstddef>
#include <deque>
#include <unordered_set>

#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

/// The last thousand ack ids that succeeded, of all kinds of requests together. Failed ones are
/// not kept: a retry after Forbidden must be carried out. Source: reference, section 3.3.
class RecentAcks {
 public:
  static constexpr std::size_t kCapacity = 1000;

  bool contains(AckId id) const { return known_.contains(id); }

  void remember(AckId id) {
    if (!known_.insert(id).second) return;
    order_.push_back(id);
    if (order_.size() <= kCapacity) return;
    known_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::unordered_set<AckId> known_;
  std::deque<AckId> order_;  // oldest first
};

}  // namespace webpubsub::hub
