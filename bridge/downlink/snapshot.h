// Snapshots: whoever has just come asks how things stand, and is told the last value of each topic,
// in parts that fit into a message of the service.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bridge/downlink/answers.h"
#include "bridge/downlink/last_values.h"
#include "bridge/downlink/origin.h"
#include "bridge/downlink/sender_limits.h"
#include "bridge/downlink/snapshot_options.h"
#include "bridge/rules/rule_options.h"
#include "bridge/uplink/sample_format.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

struct SnapshotCounters {
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;  // of them: too many, malformed, or with no place to answer to
  std::uint64_t parts = 0;    // that were answered
};

/// Used on the loop's thread. `values` must outlive it.
class Snapshot {
 public:
  /// Takes answers on their way.
  using Tell = std::function<void(Answer)>;

  Snapshot(SnapshotOptions options, const std::vector<RuleOptions>& rules, std::string gateway_id,
           LastValues& values, Tell tell);

  /// Whether `data` is a request, which then is answered: nothing else is made of it.
  bool take(const Origin& origin, const webpubsub::Data& data, webpubsub::TimePoint now);

  const SnapshotCounters& counters() const noexcept { return counters_; }
  /// The group to join; empty: none.
  const std::string& group() const noexcept { return options_.group; }

 private:
  struct Request {
    std::vector<std::string> groups{};  // empty: all
    std::uint64_t after = 0;            // number of the last value of an earlier part
    std::string id{};                   // the asker's own, or ""
    std::string reply_group{};
  };
  struct Rule {
    RuleOptions options;
    SampleFormat format;
  };
  struct Part {
    std::string batches{};
    std::uint64_t last = 0;  // value that is in it, or was looked at
    bool more = false;
  };

  std::optional<Request> parse(const webpubsub::Data& data) const;
  std::optional<AnswerTarget> target_of(const Origin& origin, const Request& request) const;
  void answer(const Origin& origin, const Request& request, const AnswerTarget& target);
  Part make_part(const Request& request, std::uint64_t after);
  const Rule* find_rule(std::string_view name) const;
  bool append(std::string& out, const LastValue& value, std::string& open) const;
  std::string frame(const Origin& origin, const Request& request, const Part& part,
                    std::uint64_t number, bool last) const;

  const SnapshotOptions options_;
  const std::string gateway_id_;
  std::vector<Rule> rules_{};
  LastValues& values_;
  const Tell tell_;
  SenderLimits limits_;
  SnapshotCounters counters_{};
};

}  // namespace gateway
