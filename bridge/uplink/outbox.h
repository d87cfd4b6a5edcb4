// Closed batches on their way: in order, sent once, kept until they are done.
//
// Done is: the socket took it (fire and forget) or the service acknowledged it. A batch whose send
// failed stays at its place, so what waits is always in the order it was closed. Each priority has
// a lane of its own: one that may not send does not hold up those above it.
//
// A batch that ends the connection each time it is sent would be sent for ever. One at the head
// that two connections ended with is sent with nothing else on the wire, and given up after five.
// One that the service answers with an error waits, and all of its rule with it: longer each time.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/counts.h"
#include "bridge/uplink/outbox_lane.h"
#include "bridge/uplink/rule_backoff.h"

namespace gateway {

class Outbox {
 public:
  static constexpr std::size_t kLiveWindow = 1024;  // where nobody waits for acknowledgements
  struct Limits {
    std::size_t max_bytes = 48 * 1024 * 1024;  // what batches take of the process
    std::size_t max_batches = 10'000;
    std::size_t window = kLiveWindow;  // sent and not yet done
  };
  struct Events {
    /// Whether a batch may leave now. If not, it and all that is not above it wait for another
    /// send().
    std::function<bool(const Batch&)> may_leave{};
    /// Offers a batch to the link; its completion runs once, later, if accepted.
    std::function<webpubsub::Offer(const Batch&, webpubsub::Completion)> send{};
    /// A batch left the outbox: forwarded, or dropped for `reason`.
    std::function<void(const Batch&)> forwarded{};
    std::function<void(const Batch&, DropReason reason)> dropped{};
    /// A send failed and its batch waits again.
    std::function<void(const Batch&, const webpubsub::Error&)> put_back{};
    /// Room in the window again, or something to send again.
    std::function<void()> ready{};
    /// Nothing of a rule is sent before then: there is to be a send().
    std::function<void(webpubsub::TimePoint)> wake{};
  };

  Outbox(Limits limits, Events events, BufferPool& buffers);
  ~Outbox();

  /// What waits beyond the new limits goes as if it had been pushed out.
  void set_limits(Limits limits);

  /// Takes the batch, which may push out others that wait: of the lowest priority, the oldest.
  void push(Batch batch);
  /// Offers what waits to the link until that says Full or Offline or the window is used up.
  void send();
  /// What two connections ended with is sent while `on_wire` batches of others are: by itself. True
  /// while it is on the wire or waits for that to be empty; then nothing else may leave.
  bool send_suspect(std::size_t on_wire);
  std::size_t in_flight() const noexcept { return in_flight_; }
  /// A new connection may have the role that the last one lacked.
  void end_pauses();
  /// All that are not done.
  void each(const std::function<void(const Batch&)>& take) const;
  /// Drops those of a rule that are not on the wire.
  void drop_waiting(std::uint32_t rule, DropReason reason);
  /// Drops whatever is not done.
  void drop_all(DropReason reason);
  /// Forgets whatever is not done, which is kept elsewhere, after showing it to `kept`.
  void abandon(const std::function<void(const Batch&)>& kept);

  bool empty() const noexcept { return live_ == 0; }
  std::size_t batches() const noexcept { return live_; }
  /// Without those whose rule pauses.
  std::size_t active_batches() const;
  std::size_t active_bytes() const;
  bool pauses(std::uint32_t rule) const { return !backoff_.allows(rule, webpubsub::steady_now()); }
  /// Whether something is on the wire, or may go there as far as its rule goes; of the priorities
  /// above `held_from`.
  bool has_due(std::size_t held_from) const;
  /// How many sends the service, or for those that nobody acknowledges the link, has answered.
  std::uint64_t answers() const noexcept { return answers_; }
  Unanswered unanswered() const;
  /// What they take of the process.
  std::size_t bytes() const noexcept { return bytes_; }
  /// When the oldest reading of the first batches arrived; the far future without one.
  webpubsub::TimePoint oldest() const;
  /// Adds the samples that are here to `pending`, by rule.
  void add_pending(std::vector<RuleCounts>& rules) const;
  /// Says in `rules` which of them the service refuses.
  void add_refused(std::vector<RuleCounts>& rules) const;

 private:
  using Slot = OutboxLane::Slot;

  OutboxLane& lane_of(const Batch& batch) {
    return lanes_[static_cast<std::size_t>(batch.priority)];
  }
  bool send(OutboxLane& lane);
  bool offer(OutboxLane& lane, Slot& slot);
  std::size_t window() const;
  void look_again(webpubsub::TimePoint now);
  void on_outcome(OutboxLane& lane, std::uint64_t number, const webpubsub::Result<void>& outcome);
  std::optional<DropReason> failed(OutboxLane& lane, Slot& slot, const webpubsub::Error& why);
  bool is_poison(const OutboxLane& lane, Slot& slot, const webpubsub::Error& why);
  std::optional<DropReason> answered(Slot& slot, const webpubsub::Error& why);
  void finish(OutboxLane& lane, Slot& slot);
  void make_room();
  bool is_over() const { return bytes_ > limits_.max_bytes || live_ > limits_.max_batches; }

  Limits limits_;
  const Events events_;
  BufferPool& buffers_;
  std::array<OutboxLane, kPriorities> lanes_{};  // the highest first
  std::size_t live_ = 0;                         // slots not done
  std::size_t in_flight_ = 0;
  std::uint64_t answers_ = 0;
  std::size_t window_ = kLiveWindow;  // at most; less after a connection ended, and growing
  bool alone_ = false;                // a suspect is on the wire
  RuleBackoff backoff_{};
  webpubsub::TimePoint look_at_ = webpubsub::TimePoint::max();  // a pause is over
  std::size_t bytes_ = 0;                                       // of slots not done
  std::shared_ptr<Outbox*> self_;                               // completions may outlive us
};

}  // namespace gateway
