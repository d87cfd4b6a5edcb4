// What the bridge measures, and in which buckets: once per batch or command, never per reading.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/histogram.h"

namespace gateway {

namespace buckets {
inline constexpr std::array<double, 10> kFrameBytes{256,   512,    1'024,  2'048,   4'096,
                                                    8'192, 16'384, 65'536, 262'144, 1'048'576};
inline constexpr std::array<double, 10> kBatchMessages{1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000};
// From a loopback hub to an ack that just did not time out.
inline constexpr std::array<double, 13> kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                 0.25,  0.5,    1,     2.5,  10,    60};
inline constexpr std::array<double, 10> kCommandSeconds{0.001, 0.005, 0.01, 0.05, 0.1,
                                                        0.5,   1,     5,    10,   60};
}  // namespace buckets

/// What was sent to a peer and has no outcome yet.
struct Unanswered {
  std::size_t count = 0;
  webpubsub::TimePoint oldest =
      webpubsub::TimePoint::max();  // sent then; without any the far future
};

struct UplinkFigures {
  webpubsub::Histogram frame_bytes{buckets::kFrameBytes};
  webpubsub::Histogram batch_messages{buckets::kBatchMessages};
  webpubsub::Histogram ack_time{buckets::kSeconds};    // from send to ack, of batches that want one
  webpubsub::Histogram end_to_end{buckets::kSeconds};  // of the oldest reading of each batch
  std::uint64_t billable = 0;  // units that one receiver of everything forwarded costs
};

}  // namespace gateway
