// The messages of durable rules on disk: one queue for each rule, under one quota.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/store/database.h"
#include "bridge/store/spool_queue.h"

namespace gateway {

/// The loop's thread, but for SpoolQueue::append() and where it says so.
class Spool {
 public:
  explicit Spool(Database& database) : shared_(database) {}

  void set_max_bytes(std::uint64_t bytes) { shared_.max_bytes = bytes; }
  /// Whether a message is to survive a power cut before it counts as kept.
  void set_synced(bool synced);

  /// Finds the queues that are there; the database is usable. `repaired`: what is in them has to be
  /// counted. The sequence numbers of groups go on `skipped` later than they are known to be.
  void load(bool repaired, std::uint64_t skipped);
  bool loaded() const noexcept { return loaded_; }

  /// The queue of that rule, made if there is none; nullptr while the store cannot be used.
  SpoolQueue* queue(std::string_view rule);
  /// The same, but none is made.
  SpoolQueue* find(std::string_view rule) const;
  /// Every queue there is, also of rules that are not in the configuration any more.
  std::vector<SpoolQueue*> queues() const;

  /// Writes what the queues were told since. Errors: as of Database::write(); then the changes are
  /// kept for the next time.
  webpubsub::Result<void> commit();

  std::uint64_t bytes() const noexcept { return shared_.bytes; }
  std::uint64_t max_bytes() const noexcept { return shared_.max_bytes; }
  /// Where space can be given back. Any thread.
  std::vector<std::pair<std::string, std::string>> settled_ranges() const;

 private:
  using Rules = std::vector<std::pair<std::string, std::uint32_t>>;  // and their numbers
  Rules load_rules() const;
  void add_nameless(Rules& rules) const;

  SpoolShared shared_;
  bool loaded_ = false;
  std::uint32_t next_rule_ = 1;
  mutable std::mutex mutex_;  // for the list of them
  std::map<std::string, std::unique_ptr<SpoolQueue>, std::less<>> queues_;
};

}  // namespace gateway
