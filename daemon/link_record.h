// The story of one link, for metrics and status.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "daemon/snapshot.h"
#include "webpubsub/client/close_reason.h"

namespace gateway {

/// The code the other end gave, in digits; empty without one.
std::string code_words(const webpubsub::Error& why);

/// Of what kind it is, as to_string(CloseReason) spells it.
std::string reason_word(const webpubsub::Error& why);

class LinkRecord {
 public:
  enum class Losses : std::uint8_t { Counted, ToldApart };
  LinkRecord(std::string name, webpubsub::TimePoint now, Losses losses = Losses::Counted)
      : tells_reasons_(losses == Losses::ToldApart), down_since_(now), attempt_at_(now) {
    told_.name = std::move(name);
  }

  void went_up(webpubsub::TimePoint now);
  void went_down(const std::string& why, std::optional<std::chrono::milliseconds> retry_in,
                 webpubsub::TimePoint now);
  /// Likewise of a link whose losses are told apart by reason: cloud's.
  void went_down(const webpubsub::Error& why, std::optional<std::chrono::milliseconds> retry_in,
                 webpubsub::TimePoint now, webpubsub::WallTime at);

  /// We ended the connection, for no more is to come by it.
  void paused(const std::string& why, webpubsub::TimePoint now);
  /// And connect again.
  void resumed(webpubsub::TimePoint now);

  bool up() const noexcept { return told_.up; }
  bool is_paused() const noexcept { return told_.paused; }
  /// How long it has been down; nothing while it is up.
  std::optional<std::chrono::milliseconds> down_for(webpubsub::TimePoint now) const;
  /// How often an open connection has ended.
  std::uint64_t disconnects() const noexcept { return told_.disconnects; }
  LinkSnapshot snapshot(webpubsub::TimePoint now) const;
  /// When the present attempt to connect began, or the next one will; nothing while it is up, and
  /// when there will be none.
  std::optional<webpubsub::TimePoint> attempt_at() const { return attempt_at_; }

 private:
  LinkSnapshot told_{};
  std::array<std::uint64_t, webpubsub::kCloseReasons> closes_{};
  bool tells_reasons_ = false;
  webpubsub::TimePoint down_since_;
  std::optional<webpubsub::TimePoint> attempt_at_{};
};

}  // namespace gateway
