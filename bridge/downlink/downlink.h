// The downlink: messages of the service become commands to devices.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/result.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/command_rules.h"
#include "bridge/downlink/outcome.h"
#include "bridge/figures.h"
#include "bridge/mqtt/engine.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

struct DownlinkOptions {
  std::size_t max_message = 1024 * 1024;  // bytes; what the service sends at most
};

/// Used on the loop's thread. `mqtt` and `log` must outlive it.
class Downlink {
 public:
  Downlink(const std::vector<CommandOptions>& commands, std::string gateway_id, MqttEngine& mqtt,
           webpubsub::Log& log, DownlinkOptions options = {});

  /// Goes by other rules from now on. What is with the broker already ends under the rule that
  /// sent it there; rules go on counting for as long as they have their name.
  void reload(const std::vector<CommandOptions>& commands, std::string gateway_id);

  void on_server_message(const webpubsub::Data& data);
  void on_group_message(std::string_view group, const webpubsub::Data& data);

  /// The groups to join: those that some rule listens to, each once.
  std::vector<std::string> groups() const;

  const DownlinkCounters& counters() const noexcept { return counters_; }
  /// From a command's arrival to its outcome, of those that were handed to the broker.
  const webpubsub::Histogram& durations() const noexcept { return durations_; }

 private:
  void on_message(const std::optional<std::string_view>& group, const webpubsub::Data& data);
  void publish(std::size_t counter, MqttPublication publication);
  void finish(std::size_t counter, const std::string& topic, webpubsub::TimePoint began,
              Outcome outcome);
  void reject(const std::optional<std::size_t>& rule, Outcome outcome);
  std::size_t counter_for(const std::string& name, const std::vector<CommandOptions>& commands);

  CommandRules rules_;
  std::vector<std::size_t> counter_of_{};  // by rule: its place in counters_.rules
  std::vector<std::string> groups_{};
  MqttEngine& mqtt_;
  webpubsub::Log& log_;
  const DownlinkOptions options_;
  DownlinkCounters counters_{};
  webpubsub::Histogram durations_{buckets::kCommandSeconds};
  // The broker may answer after this is gone.
  std::shared_ptr<Downlink*> self_ = std::make_shared<Downlink*>(this);
};

}  // namespace gateway
