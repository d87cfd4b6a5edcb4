#include "base/backoff.h"

#include <algorithm>

#include "base/random.h"

namespace webpubsub {

std::chrono::milliseconds Backoff::next() {
  const auto doublings = std::min(attempt_, 20U);
  const auto ceiling =
      std::min(options_.cap, options_.first * (std::chrono::milliseconds::rep{1} << doublings));
  ++attempt_;
  if (ceiling <= options_.floor) return options_.floor;
  const auto span = static_cast<std::uint64_t>((ceiling - options_.floor).count()) + 1;
  return options_.floor + std::chrono::milliseconds(random_below(span));
}

}  // namespace webpubsub
