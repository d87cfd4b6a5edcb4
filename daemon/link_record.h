// The story of one link, for metrics and status.

#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "daemon/snapshot.h"

namespace gateway {

class LinkRecord {
 public:
  LinkRecord(std::string name, webpubsub::TimePoint now) : down_since_(now), attempt_at_(now) {
    told_.name = std::move(name);
  }

  void went_up(webpubsub::TimePoint now);
  void went_down(const std::string& why, std::optional<std::chrono::milliseconds> retry_in,
                 webpubsub::TimePoint now);

  bool up() const noexcept { return told_.up; }
  /// How long it has been down; nothing while it is up.
  std::optional<std::chrono::milliseconds> down_for(webpubsub::TimePoint now) const;
  LinkSnapshot snapshot(webpubsub::TimePoint now) const;
  /// When the present attempt to connect began, or the next one will; nothing while it is up, and
  /// when there will be none.
  std::optional<webpubsub::TimePoint> attempt_at() const { return attempt_at_; }

 private:
  LinkSnapshot told_{};
  webpubsub::TimePoint down_since_;
  std::optional<webpubsub::TimePoint> attempt_at_{};
};

}  // namespace gateway
