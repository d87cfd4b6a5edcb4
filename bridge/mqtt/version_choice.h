// Which version of MQTT the next attempt speaks.

#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "bridge/mqtt/options.h"

namespace gateway {

/// MQTT 5 until the broker refuses it, or seems to; then 3.1.1. A broker that was replaced by a
/// newer one is found out an hour later, at the next reconnect.
class VersionChoice {
 public:
  MqttVersion next(MqttVersion wanted, webpubsub::TimePoint now) {
    if (wanted == MqttVersion::V311) return MqttVersion::V311;
    if (refused_at_ && now - *refused_at_ >= kAskAgain) refused_at_.reset();
    return refused_at_ ? MqttVersion::V311 : MqttVersion::V5;
  }

  void connected() { hung_up_ = 0; }
  /// The broker said that it does not know MQTT 5.
  void refused(webpubsub::TimePoint now) { refused_at_ = now; }
  /// An attempt in version `spoken` failed; with `hung_up` the broker ended it at our CONNECT. Some
  /// old brokers do so when they do not know the version, which looks like any bad moment. True
  /// when it is now taken for that.
  bool failed(MqttVersion spoken, bool hung_up, webpubsub::TimePoint now) {
    const bool at_v5 = spoken == MqttVersion::V5;
    hung_up_ = at_v5 && hung_up ? hung_up_ + 1 : 0;
    if (!at_v5 && hung_up) refused_at_.reset();  // then the version was not what it minds
    if (hung_up_ < kHangUpsThatMeanRefused) return false;
    refused_at_ = now;
    return true;
  }

 private:
  static constexpr std::chrono::hours kAskAgain{1};
  static constexpr unsigned kHangUpsThatMeanRefused = 2;
  std::optional<webpubsub::TimePoint> refused_at_{};
  unsigned hung_up_ = 0;  // attempts in a row
};

}  // namespace gateway
