// One rule at work: readings in, batches out.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bridge/rules/decode/payload_reader.h"
#include "bridge/rules/filled_template.h"
#include "bridge/rules/pipeline.h"
#include "bridge/rules/rule_options.h"
#include "bridge/rules/window/window.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/counts.h"
#include "bridge/uplink/last_reading.h"
#include "bridge/uplink/reading.h"
#include "bridge/uplink/sample_format.h"

namespace gateway {

/// No clock, no thread, no sockets. Full batches are appended to the list handed in.
class RuleLine {
 public:
  RuleLine(std::uint32_t index, RuleOptions options, std::string gateway_id, BufferPool& buffers);

  /// Takes one reading of this rule. Answers why it cannot go on, which is counted in dropped()
  /// too; one that is left out on purpose is counted in filtered().
  std::optional<DropReason> take(const Reading& reading, webpubsub::TimePoint now,
                                 std::vector<Batch>& closed);

  /// Which readings of its topic, waiting for the service, are as good as one: `offline.per`.
  /// Nothing for a topic that is none of the rule's. Valid until the next call.
  std::optional<std::string_view> offline_key(std::string_view topic);
  /// Its device is there, though what it says has to wait.
  void note_seen(std::string_view topic, webpubsub::TimePoint arrived);

  /// Is told of every stage from now on, for `explain`.
  void set_watcher(StageWatcher& watcher) { watcher_ = &watcher; }
  /// Gets what decoders ask of devices, such as a rebirth; nobody does without this.
  void set_requester(std::function<void(const DeviceRequest&)> request) {
    request_ = std::move(request);
  }

  /// Is told of what is forwarded, if the rule keeps last values.
  void set_forward_watcher(ForwardWatcher* watcher) {
    seen_ = watcher;
    forwards_ = options_.snapshot && options_.event.empty() ? watcher : nullptr;
  }

  /// Has another one be told of what is forwarded, whatever the rule keeps. Answers which one was.
  ForwardWatcher* exchange_forward_watcher(ForwardWatcher* watcher) noexcept {
    return std::exchange(forwards_, watcher);
  }

  /// What `thin` knows, if the rule has it: to be kept over a restart.
  Thinner* thinner() noexcept { return pipeline_.thinner(); }

  /// Goes on with the sequence numbers of `old`, which makes way for this and has no open batch.
  void succeed(RuleLine& old);
  /// The latest sequence number of a group, or of all groups that are not told apart ("").
  void resume(const std::string& group, std::uint64_t sequence);
  /// Makes the batch of that group and number again out of `readings`, of which it holds some; what
  /// they have for other groups is in other batches. No batch may be open.
  void rebuild(const std::string& group, std::uint64_t sequence,
               const std::vector<Reading>& readings, webpubsub::TimePoint now,
               std::vector<Batch>& closed);
  /// How many times a batch took hold of a message on disk. Grows.
  std::uint64_t holds() const noexcept { return holds_; }
  /// How many batches it has closed. Grows.
  std::uint64_t batches() const noexcept { return batches_; }

  /// Numbers its batches above `sequence`.
  void start_above(std::uint64_t sequence) noexcept { sequence_floor_ = sequence; }
  std::uint64_t highest_sequence() const;

  /// Closes every open batch.
  void close_all(std::vector<Batch>& closed);
  /// Whether its batches wait for their max_delay however calm it is, to be full.
  bool holds_batches() const noexcept { return options_.batch.fills_billing; }
  /// Closes those that have waited for their max_delay.
  void close_due(webpubsub::TimePoint now, std::vector<Batch>& closed);

  /// Tells the windows that are over.
  void close_windows(webpubsub::TimePoint now, std::vector<Batch>& closed);
  /// Tells every window, over or not.
  void finish_windows(webpubsub::TimePoint now, std::vector<Batch>& closed);
  /// When the first window will be over; the far future without one.
  webpubsub::TimePoint next_window() const;

  std::size_t open_batches() const noexcept { return open_.size(); }
  std::size_t open_bytes() const;
  std::uint64_t open_samples() const;
  void each_open(const std::function<void(const Batch&)>& look) const {
    for (const auto* group : open_) look(group->batch);
  }
  /// When the first open batch will have waited for its max_delay; the far future without one.
  webpubsub::TimePoint next_due() const;
  /// When the oldest reading of an open batch arrived; the far future without one.
  webpubsub::TimePoint oldest() const;

  const RuleOptions& options() const noexcept { return options_; }
  const std::array<std::uint64_t, kDropReasons>& dropped() const noexcept { return dropped_; }
  const std::array<std::uint64_t, kFilterReasons>& filtered() const noexcept { return filtered_; }
  /// Readings in open batches and in windows.
  std::uint64_t pending() const { return open_samples() + (window_ ? window_->pending() : 0); }
  /// Adds what came of those that are not pending.
  void add_counts(RuleCounts& counts) const;
  std::uint64_t cache_resets() const noexcept { return cache_resets_; }

 private:
  /// What is known of a reading beside its message.
  struct Shape {
    std::optional<std::int64_t> time{};  // as the payload's format says
    std::int64_t skew = 0;
    std::uint64_t readings = 1;      // that it stands for
    const Sample* sample = nullptr;  // its fields, of a rule with stages
  };
  struct Group {
    std::string name{};
    std::uint64_t sequence = 0;  // of its latest batch
    bool open = false;
    std::size_t pieces = 0;  // in the batch
    Batch batch{};
  };
  struct Topic {
    Group* group = nullptr;  // nullptr: the template made no group name, or needs the payload
    FilledTemplate::Pieces group_pieces{};
    std::vector<std::string_view> captured{};  // in its name, which the table owns
    std::string_view device{};                 // of them, the one with that name
    SampleFormat::Frame frame{};
    FilledTemplate::Pieces reply_pieces{};  // of where answers go
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using Table = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  const Topic* find_topic(std::string_view topic);
  const Topic* keep_topic(std::string_view topic);
  Group* group_for(const Topic& topic);
  Group& find_group(const std::string& name);
  std::optional<DropReason> put(Group& group, const Topic& topic, const Reading& reading,
                                const Shape& shape, webpubsub::TimePoint now,
                                std::vector<Batch>& closed);
  std::optional<DropReason> forward(const Topic& topic, const Reading& reading, const Shape& shape,
                                    webpubsub::TimePoint now, std::vector<Batch>& closed);
  std::optional<DropReason> take_in(const Topic& topic, const MessageView& message,
                                    const Sample& sample, std::int64_t arrival,
                                    webpubsub::TimePoint now, std::vector<Batch>& closed);
  bool fills_step(const Batch& batch, std::size_t expected, webpubsub::TimePoint now) const;
  Window::Tell teller(webpubsub::TimePoint now, std::vector<Batch>& closed);
  bool look_into(std::string_view payload);
  std::optional<DropReason> take_decoded(const Topic& topic, const Reading& reading,
                                         webpubsub::TimePoint now, std::vector<Batch>& closed);
  std::optional<DropReason> look_at(const Topic& topic, const Reading& reading, Shape shape,
                                    webpubsub::TimePoint now, std::vector<Batch>& closed);
  std::optional<DropReason> stopped(Pipeline::Verdict verdict);
  void forget_idle();
  void forget_idle_groups();
  void open(Group& group, webpubsub::TimePoint arrived, webpubsub::TimePoint now);
  void close(Group& group, std::vector<Batch>& closed);
  void hold(Batch& batch, const Reading& reading);
  DropReason drop(DropReason reason, std::uint64_t readings = 1);
  std::nullopt_t leave_out(FilterReason reason);

  const std::uint32_t index_;
  const RuleOptions options_;
  const std::string gateway_id_;
  const SampleFormat format_;
  const FilledTemplate group_name_;
  const std::shared_ptr<const ReplyRule>
      reply_rule_;  // of one that sends events and routes answers
  const FilledTemplate reply_topic_;
  const bool looks_;  // into payloads
  std::optional<PayloadReader> reader_;
  std::function<void(const DeviceRequest&)> request_;
  Pipeline pipeline_;
  std::optional<Window> window_;
  const ReadingKey window_key_;
  const ReadingKey offline_key_;
  std::int64_t clock_offset_ = 0;  // from the steady clock to Unix time, in milliseconds
  StageWatcher* watcher_ = nullptr;
  ForwardWatcher* forwards_ = nullptr;
  ForwardWatcher* seen_ = nullptr;
  BufferPool& buffers_;

  // Of the reading at hand, taken apart when something asks for its fields.
  Arena arena_{};
  Document document_{};
  std::string filled_group_{};

  Table<Topic> topics_;
  Table<Group> groups_;
  std::vector<Group*> open_;          // in the order they were opened
  std::uint64_t sequence_floor_ = 0;  // groups that are new, or were forgotten, start above it
  const Group* rebuilt_ = nullptr;    // the only one that takes readings, while it is
  std::uint64_t holds_ = 0;
  std::uint64_t batches_ = 0;
  std::uint64_t cache_resets_ = 0;
  std::uint64_t appended_ = 0;       // pieces, of all batches
  std::uint64_t more_readings_ = 0;  // than messages
  std::array<std::uint64_t, kDropReasons> dropped_{};
  std::array<std::uint64_t, kFilterReasons> filtered_{};
};

}  // namespace gateway
