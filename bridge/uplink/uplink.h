// The uplink: from the MQTT thread's messages to batches on the service's link.

#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "bridge/figures.h"
#include "bridge/mqtt/engine.h"
#include "bridge/rules/route_table.h"
#include "bridge/rules/rule_options.h"
#include "bridge/rules/subscription_plan.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/counts.h"
#include "bridge/uplink/intake.h"
#include "bridge/uplink/offline_room.h"
#include "bridge/uplink/outbox.h"
#include "bridge/uplink/pacer.h"
#include "bridge/uplink/queue_drain.h"
#include "bridge/uplink/queue_view.h"
#include "bridge/uplink/reading_trace.h"
#include "bridge/uplink/rule_lines.h"
#include "bridge/uplink/send_gate.h"
#include "bridge/uplink/spool_feed.h"
#include "bridge/uplink/stream_sender.h"
#include "bridge/uplink/uplink_options.h"
#include "net/event_loop.h"
#include "webpubsub/client/client.h"

namespace gateway {

/// Used on the loop's thread, except for receiver(), whose on_message() is the MQTT thread's.
/// `loop`, `client`, `log` and `store` must outlive it. Without a store durable rules keep their
/// readings in memory.
class Uplink {
 public:
  Uplink(webpubsub::net::EventLoop& loop, const std::string& gateway_id,
         std::vector<RuleOptions> rules, UplinkOptions options, webpubsub::Client& client,
         webpubsub::Log& log, Store* store = nullptr);
  ~Uplink();

  /// Puts other rules and limits in place of these. Rules that stay the same do not notice; the
  /// batches of those that change or go are closed and keep their place. Nothing is lost.
  void reload(const std::string& gateway_id, std::vector<RuleOptions> rules, UplinkOptions options);
  /// Sends through this client from now on. The link must be down.
  void set_client(webpubsub::Client& client);

  /// What the rules need of the broker: to be planned together with what others need of that link.
  /// `lingering`: also what rules need that have just changed to the other one.
  std::vector<PlannedSubscription> wanted(MqttLinkKind link = MqttLinkKind::Common,
                                          bool lingering = false) const;
  std::vector<MqttSubscription> subscriptions() const;
  RuleLines& lines() noexcept { return lines_; }
  /// What rules ask of devices, such as a rebirth, goes here from now on.
  void set_requester(std::function<void(const DeviceRequest&)> request) {
    request_ = std::move(request);
  }
  MqttReceiver& receiver() noexcept { return intake_; }
  /// Events that are to be answered go through this; it must outlive this.
  void set_asker(EventAsker& asker) { asker_ = &asker; }

  /// Is told of each reading that is forwarded; it must outlive this.
  void set_forward_watcher(ForwardWatcher& watcher) { lines_.set_forward_watcher(&watcher); }
  /// Whether it is told of devices when their readings are stored, and not only when they are read.
  void note_stored(bool on) { intake_.note_stored(on); }

  /// The link to the service came, went or was not to be had, or has room again.
  void on_link_up();
  void on_link_down(const webpubsub::Error& why);
  void on_link_drain();

  /// The store can be used, or cannot be used any more.
  void on_store_changed();

  struct BlockedRule {
    std::string rule{};
    SpoolQueue::Limit limit = SpoolQueue::Limit::None;
  };
  enum class Mark : std::uint8_t { Limit, NearLimit };
  /// A rule that blocks and has reached a limit, or is near one; nothing: the broker may send.
  std::optional<BlockedRule> blocked(Mark mark) const;
  /// Rules that change links get what comes by either of them until end_linger(): the broker may
  /// have messages for the one they had. reload() finds them itself; at the start `common` and
  /// `blocking` tell what an earlier process had subscribed to by each.
  void linger(const std::vector<std::string>& common, const std::vector<std::string>& blocking);
  void end_linger();
  bool lingers() const noexcept { return !lingering_.empty(); }

  /// Sends what is here without waiting for company. `done` runs when nothing is pending any
  /// more; give_up() ends the wait. No message may arrive any more.
  void flush(std::function<void()> done);
  /// Drops, and counts, whatever is still pending and not on disk.
  void give_up();

  /// What waits, by rule; those of the configuration in its order come first.
  std::vector<RuleQueues> queues() const;
  /// Gives `take` what waits there of a rule (in quarantine: of all rules, if `rule` is empty) with
  /// a higher number than `after`, until it answers false. In memory: what waits as `offline` says.
  /// False when there is no such rule, or no such place.
  bool look_at_queue(std::string_view rule, QueuePlace place, std::uint64_t after,
                     const std::function<bool(const WaitingItem&)>& take) const;
  const Quarantine* quarantine() const {
    return store_ == nullptr ? nullptr : &store_->quarantine();
  }
  enum class [[nodiscard]] PurgeBegun : std::uint8_t{Yes, UnknownRule, Busy};
  /// Drops what waits of a rule and is not on the wire; `done` is told how many readings. One at a
  /// time.
  PurgeBegun purge(std::string_view rule, std::function<void(std::uint64_t readings)> done);
  /// Sends what waits of a rule now ahead of others and without regard to its replay.rate. Ends
  /// when that is gone, or when nobody has looked at it for QueueDrain::kUnseen.
  QueueDrain::Begun begin_drain(std::string_view rule);
  DrainFigures look_at_drain(std::uint64_t number);
  DrainFigures end_drain(std::uint64_t number);
  /// Of the latest drain.
  std::uint64_t drain_number() const noexcept { return queue_drain_.number(); }
  bool is_online() const noexcept { return online_; }
  /// Tells what becomes of the readings of this rule, and of no other any more. False: there is no
  /// such rule.
  bool begin_trace(std::string_view rule, ReadingTrace::Excerpt excerpt);
  void end_trace() { trace_.end(); }
  ReadingTrace& trace() noexcept { return trace_; }
  /// What was dropped before its rule saw it, by reason.
  using Unseen = std::array<std::uint64_t, kDropReasons>;
  Unseen unseen_since_trace() const;
  /// Answers how many batches there were. Errors: those of Quarantine::purge().
  webpubsub::Result<std::size_t> purge_quarantine();

  /// Exact at every moment: each rule's counts add up.
  UplinkCounts counts() const;
  const UplinkFigures& figures() const noexcept { return figures_; }

 private:
  void set_rules(const std::string& gateway_id, std::vector<RuleOptions> rules);
  std::vector<MqttLinkKind> links_for(const std::vector<RuleOptions>& rules,
                                      const std::vector<std::uint32_t>& numbers) const;
  void note_lingering(const std::vector<RuleOptions>& rules);
  MqttLinkKind link_of(const RuleOptions& rule) const;
  bool is_short_of_disk(std::uint32_t rule) const;
  void set_links();
  void come_round();
  void drain();
  void feed(webpubsub::TimePoint now);
  void feed_on();
  void feed_waiting(webpubsub::TimePoint now);
  webpubsub::TimePoint next_waiting(webpubsub::TimePoint now) const;
  bool has_room() const;
  bool has_live_room() const;
  bool is_idle() const;
  void go_on_purging();
  void on_drain_changed();
  void quarantine(const Batch& batch);
  void take(const Reading& reading, webpubsub::TimePoint now);
  void take_traced(const Reading& reading, webpubsub::TimePoint now);
  void go_on(const Reading& reading, webpubsub::TimePoint now);
  void tell_quiet(const Reading& reading, const RuleLine& line,
                  const std::array<std::uint64_t, kDropReasons>& settled, std::uint64_t room_end);
  void tell_windows(webpubsub::TimePoint now);
  Unseen unseen_of(std::uint32_t rule) const;
  void close_batches(webpubsub::TimePoint now);
  void pass_on_closed();
  void send();
  void send_soon();
  void schedule(webpubsub::TimePoint now);
  void check_flushed();
  webpubsub::Offer offer(const Batch& batch, webpubsub::Completion done);
  webpubsub::Offer offer_event(const Batch& batch, webpubsub::Completion done);
  void on_throttled();
  bool may_leave(const Batch& batch);
  void on_gate_open();
  void put_back(const Batch& batch, const webpubsub::Error& why);
  bool send_suspect();
  void send_by(webpubsub::TimePoint time);
  Outbox::Events outbox_events();
  void settle(const Batch& batch);
  void drop(const Batch& batch, DropReason reason);
  void drop_waiting(std::uint32_t rule, DropReason reason, std::uint64_t readings);
  void add_ages(UplinkCounts& counts) const;
  void add_sending(UplinkCounts& counts) const;
  webpubsub::net::EventLoop& loop_;
  std::function<void(const DeviceRequest&)> request_;
  webpubsub::Client* client_;
  EventAsker* asker_ = nullptr;
  webpubsub::Log& log_;
  UplinkOptions options_;
  std::set<std::string, std::less<>> lingering_;  // rules, see linger()

  BufferPool buffers_;
  RuleLines lines_;
  webpubsub::net::Waker waker_;
  Intake intake_;
  webpubsub::net::Timer timer_;
  webpubsub::net::Timer retry_timer_;  // pauses of the outboxes
  Pacer pacer_;
  StreamSender streams_;
  Outbox live_;          // of fire-and-forget rules
  Outbox acknowledged_;  // apart, so that waiting for acks holds up nobody else
  Outbox durable_;       // what is on disk, too; it holds no more than can be sent soon
  SpoolFeed feed_;
  OfflineRoom waiting_;
  Store* store_;
  SendGate gate_;
  QueueDrain queue_drain_;
  ReadingTrace trace_{};
  Unseen unseen_before_{};             // the trace
  std::vector<std::uint64_t> kept_{};  // samples in batches that were forgotten, by rule: on disk
  std::vector<Batch> closed_;
  struct Purge {
    std::string rule{};
    std::uint64_t end = 0;  // of what was on disk when it began
    std::uint64_t purged = 0;
    std::function<void(std::uint64_t)> done{};
  };
  std::optional<Purge> purge_{};

  std::uint64_t frames_resent_ = 0;
  UplinkFigures figures_{};

  bool online_ = false;
  webpubsub::TimePoint online_since_{};
  std::size_t last_flush_ = 1;  // frames that the latest flush made
  bool took_any_ = false;       // in the latest round
  bool send_is_due_ = false;
  bool committed_ = true;       // the disk knows of all that is durable
  bool suspect_waits_ = false;  // for the wire to be empty
  std::function<void()> flushed_;
  std::shared_ptr<Uplink*> self_;  // deferred work may outlive us
};

}  // namespace gateway
