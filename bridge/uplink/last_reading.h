// What is told of readings that were forwarded, to whoever keeps the latest of each topic.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace gateway {

/// The views are valid during the call.
struct ForwardedReading {
  std::string_view rule{};
  std::string_view group{};
  std::string_view topic{};
  std::string_view payload{};  // as its rule shaped it
  std::int64_t time = 0;       // milliseconds since the Unix epoch
  std::uint64_t readings = 1;  // that it stands for
};

class ForwardWatcher {
 public:
  virtual ~ForwardWatcher() = default;
  /// A reading of `device`, as its topic has it, has come: forwarded or not. It came then, which is
  /// long ago for one that waited on disk.
  virtual void on_seen(std::string_view device, webpubsub::TimePoint arrived) = 0;
  virtual void on_forwarded(const ForwardedReading& reading) = 0;
};

}  // namespace gateway
