// The messages of one rule on disk: appended by the MQTT thread, read by the loop, forgotten when
// every batch they went into is done.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bridge/store/database.h"
#include "bridge/store/record.h"
#include "bridge/store/segment.h"
#include "bridge/store/store_clock.h"

namespace gateway {

/// What the queues of a store have in common.
struct SpoolShared {
  explicit SpoolShared(Database& where) : database(where) {}
  Database& database;
  StoreClock clock{};
  Database::Write write = Database::Write::Buffered;  // how messages are appended
  std::atomic<std::uint64_t> bytes{0};                // of all queues
  std::atomic<std::uint64_t> max_bytes{0};
  Changes changes{};   // the loop's, to be written together
  bool noted = false;  // a batch is among them
};

struct SpoolLimits {
  std::uint64_t max_messages = 0;        // 0: no limit of its own
  std::uint64_t max_bytes = 0;           // likewise
  std::chrono::milliseconds max_age{0};  // likewise
  bool drop_oldest = true;               // when full; else the newest
  bool blocks = false;                   // when full: nothing is dropped, and no more is to come
  bool operator==(const SpoolLimits&) const = default;
};

struct SpoolCounts {
  std::uint64_t restored = 0;  // were there when the process started
  std::uint64_t appended = 0;  // since then
  std::uint64_t refused = 0;   // newest ones, for lack of room
  std::uint64_t dropped = 0;   // oldest ones, for lack of room
  std::uint64_t expired = 0;
  std::uint64_t purged = 0;
  std::uint64_t lost = 0;     // could not be read any more
  std::uint64_t pending = 0;  // on disk and not settled
  std::uint64_t bytes = 0;    // of them
  std::uint64_t held = 0;     // of them, those in batches
};

/// A message that was read; its views are valid during the call.
struct SpooledMessage {
  std::uint64_t sequence = 0;
  webpubsub::TimePoint arrived{};
  StoredMessage message{};
};

/// A batch that may have been sent by an earlier process.
struct UnfinishedBatch {
  std::string group{};
  std::uint64_t sequence = 0;
  std::vector<std::uint64_t> messages{};
};

class SpoolQueue {
 public:
  enum class [[nodiscard]] Append : std::uint8_t{
      Stored,
      StoredLast,  // of a queue that blocks: no more is to come
      Full,        // counted as refused
      Beyond,      // of a queue that blocks: more came than it takes beyond its limits
      Unusable,    // the store takes nothing at the moment
  };
  /// What a queue that blocks has no room in.
  enum class Limit : std::uint8_t { None, Messages, Bytes, Store, Disk };
  /// Which part is read: in order, or what came since begin_live() apart from what waited then.
  enum class Part : std::uint8_t { All, Backlog, Live };
  struct Amount {
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };

  /// Answers how many batches hold the message.
  using Take = std::function<std::uint16_t(const SpooledMessage&)>;

  SpoolQueue(SpoolShared& shared, std::uint32_t rule, std::string name);

  /// Finds out what is there. In constant time, unless what is there was repaired and has to be
  /// counted. Sequence numbers of groups go on `skipped` later than they are known to be.
  void load(bool repaired, std::uint64_t skipped = 0);

  /// Keeps it, and tells whether it did. The MQTT thread alone; valid once set_limits() was called.
  Append append(std::string_view topic, std::string_view payload, std::int64_t time,
                std::uint8_t qos, bool retained);

  // All below: the loop's thread.

  void set_limits(const SpoolLimits& limits);
  const SpoolLimits& limits() const noexcept { return limits_; }
  const std::string& name() const noexcept { return name_; }
  /// Of a queue that blocks: the limit that it has reached.
  Limit reached() const;
  /// The limit that it is too near to for more to come: within a tenth.
  Limit near() const;

  /// What was there before, and where the numbers of its groups go on. Once, after load().
  std::vector<UnfinishedBatch> take_unfinished() { return std::exchange(unfinished_, {}); }
  const std::map<std::string, std::uint64_t>& sequences() const noexcept { return sequences_; }

  /// What comes from now on is live, what waits now is the backlog.
  void begin_live();

  /// Gives `take` messages that were not read yet; one that no batch holds is settled. Answers what
  /// was read.
  Amount read(Part part, Amount limit, const Take& take);
  bool has_unread(Part part) const;
  /// One that is in an unfinished batch, and what it says.
  std::optional<std::string> stored(std::uint64_t sequence) const;
  std::optional<SpooledMessage> decode(std::uint64_t sequence, std::string_view value) const;

  /// Remembers what is in a batch, before it is sent.
  void note_batch(std::string_view group, std::uint64_t sequence,
                  const std::vector<std::uint64_t>& messages);
  /// The batch is done with.
  void settle_batch(std::string_view group, std::uint64_t sequence,
                    const std::vector<std::uint64_t>& messages);
  /// The same for one without a number, which was not noted.
  void settle_messages(const std::vector<std::uint64_t>& messages);

  /// There is no such batch after all: those of its messages that no other one has are to be read
  /// again.
  void put_back(std::string_view group, std::uint64_t sequence,
                const std::vector<std::uint64_t>& messages);

  /// Drop what is too much, and what is too old; at most a thousand messages at once. They answer
  /// whether there is more to drop.
  bool trim_full();
  bool trim_old(webpubsub::TimePoint now);
  /// Where the next message will be: all that are there lie below.
  std::uint64_t end() const noexcept { return end_; }
  /// How many messages below `end` are not forgotten. Linear in what is in batches.
  std::uint64_t waiting_below(std::uint64_t end) const;
  /// Drops messages below `end` that were not read yet, some at once. Answers how many; none once
  /// there are none.
  std::uint64_t purge(std::uint64_t end);

  SpoolCounts counts() const;
  /// When the oldest message that is not settled arrived; nothing when there is none.
  std::optional<webpubsub::TimePoint> oldest() const;
  /// Messages in their order, from the oldest, until `take` answers false. Changes nothing.
  void peek(const std::function<bool(const SpooledMessage&)>& take) const;

  /// All that are not forgotten, those that were read as well, with a higher number than `after`.
  void each(std::uint64_t after, const std::function<bool(const SpooledMessage&)>& take) const;

  /// Adds its head to the changes, when it moved.
  void write_head();
  /// The keys that are settled lie between these. Any thread.
  std::pair<std::string, std::string> settled_range() const;

 private:
  /// A group while it has batches that were noted and are not done.
  struct GroupUnderWay {
    std::size_t batches = 0;
    std::uint64_t settled = 0;  // the highest number that is done
  };

  void load_stretch(const Stretch& stretch, const std::map<std::uint64_t, std::uint16_t>& held,
                    bool repaired);
  void load_read(Segment& segment, std::uint64_t mark,
                 const std::map<std::uint64_t, std::uint16_t>& held);
  void load_batches(std::map<std::uint64_t, std::uint16_t>& held);
  void load_rest(std::uint64_t from, std::uint64_t end, bool repaired);
  Amount read_below(std::uint64_t end, Part part, Amount limit, const Take& take);
  Amount read_segment(Segment& segment, std::uint64_t below, Amount limit, const Take& take);
  std::uint64_t find(const Segment& segment, std::uint64_t end, Amount limit);
  void miss(Segment& segment, std::uint64_t there, bool counted);
  std::size_t count_expired(webpubsub::TimePoint now) const;
  std::uint64_t drop_unread(std::size_t count, std::uint64_t end);
  void settle(std::uint64_t sequence, std::uint32_t bytes);
  void lose(std::uint64_t count);
  void forget_done();
  GroupUnderWay& under_way(std::string_view group);
  bool over(std::uint64_t messages, std::uint64_t bytes) const;
  Limit limit_at(std::uint64_t (*mark)(std::uint64_t)) const;
  bool takes_beyond(std::uint64_t bytes);
  std::uint64_t pending() const noexcept;
  std::uint64_t pending_bytes() const noexcept;

  SpoolShared& shared_;
  const std::uint32_t rule_;
  const std::string name_;
  std::string buffer_;        // the MQTT thread's, as is the next
  std::uint64_t beyond_ = 0;  // bytes that were stored since a limit was reached

  std::atomic<std::uint64_t> end_{1};       // of the next message
  std::atomic<std::uint64_t> position_{0};  // bytes of all messages that were ever stored
  std::atomic<std::uint64_t> appended_{0};
  std::atomic<std::uint64_t> appended_bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> settled_{0};
  std::atomic<std::uint64_t> settled_bytes_{0};
  std::atomic<std::uint64_t> settled_below_{1};
  std::atomic<std::uint64_t> refuse_above_messages_{0};
  std::atomic<std::uint64_t> refuse_above_bytes_{0};
  std::atomic<bool> blocks_{false};

  SpoolLimits limits_{};
  std::vector<Segment> segments_;  // the last one is open
  std::uint64_t restored_ = 0;
  std::uint64_t restored_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t purged_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t holes_until_ = 0;  // messages that are missing below were not counted
  bool moved_ = false;
  std::vector<std::pair<std::uint64_t, std::string>> found_;  // of the latest find()
  std::vector<UnfinishedBatch> unfinished_;
  std::map<std::string, std::uint64_t> sequences_;
  std::map<std::string, GroupUnderWay> groups_;
};

}  // namespace gateway
