// What is kept of last values, and how it is asked for.

#pragma once

#include <cstddef>
#include <string>

namespace gateway {

struct SnapshotOptions {
  bool enabled = true;
  std::string event = "snapshot";  // the type of requests; answers are the event "<event>-reply"
  std::string group{};             // requests come to this group, too; empty: to none
  // Requests that came to the group are answered to groups whose names begin with this.
  std::string reply_groups = "snapshot-";
  std::size_t max_topics = 10'000;
  std::size_t max_size = 8 * 1024 * 1024;
  bool operator==(const SnapshotOptions&) const = default;
};

}  // namespace gateway
