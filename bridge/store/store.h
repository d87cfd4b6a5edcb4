// What the gateway keeps on disk, and the thread that sees to the disk: syncs, gives space back,
// and opens the store again after the disk refused it.
//
// The store is there from the start, usable or not. A gateway whose disk is full, read-only or
// broken goes on without it and takes it up again when it can.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "bridge/store/database.h"
#include "bridge/store/quarantine.h"
#include "bridge/store/recovery.h"
#include "bridge/store/spool.h"
#include "bridge/store/state.h"

namespace gateway {

struct StoreOptions {
  std::string directory = "/var/lib/webpubsub-gateway";
  std::size_t max_size = 512 * 1024 * 1024;  // of messages that wait
  std::chrono::milliseconds sync{1'000};     // what a power cut may cost; 0: nothing
  bool operator==(const StoreOptions&) const = default;
};

struct StoreHealth {
  bool usable = false;
  std::string trouble{};             // why not
  std::uint64_t recoveries = 0;      // damaged stores that were set aside
  std::optional<Recovery> latest{};  // of them
  std::uint64_t failures = 0;        // times the disk refused something
  std::uint64_t bytes_written = 0;   // by everything: log, tables, compaction
  std::uint64_t bytes_on_disk = 0;   // as of the latest sync
};

class Store {
 public:
  /// `changed` runs on a thread of the store's own when health() tells something new.
  Store(StoreOptions options, std::function<void()> changed);
  /// Syncs.
  ~Store();

  /// Opens what is there, repairs it if it must, and starts to look after it. Once. Takes long only
  /// after damage: `damaged` runs before a repair.
  void open(const std::function<void()>& damaged = {});
  /// The same, but on the store's own thread.
  void open_in_background();

  /// The directory stays as it is.
  void set_options(const StoreOptions& options);

  Spool& spool() noexcept { return spool_; }
  const Spool& spool() const noexcept { return spool_; }
  State& state() noexcept { return state_; }
  Quarantine& quarantine() noexcept { return quarantine_; }
  StoreHealth health() const;
  /// Of its files now, open or not.
  std::uint64_t bytes_on_disk() const { return database_.bytes_on_disk(); }
  /// One that is nearly full can be opened and written to for a moment, again and again.
  bool disk_has_room() const { return reserve_.has_room(); }
  /// To be called on the loop when `changed` ran: takes up a store that opened late.
  void take_up();

 private:
  void work();
  void reopen();
  void look_after();
  void note_opened(const webpubsub::Result<std::optional<Recovery>>& opened);
  void reclaim();
  bool starts_after_power_cut();
  std::chrono::milliseconds sync_interval() const;

  StoreOptions options_;
  const std::function<void()> changed_;
  Reserve reserve_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool unsynced_ = false;
  bool broken_ = false;
  std::chrono::milliseconds retry_in_{500};
  StoreHealth health_{};
  bool repaired_ = false;   // before the spool was loaded
  bool power_cut_ = false;  // likewise
  webpubsub::TimePoint opened_at_{};
  unsigned early_failures_ = 0;  // in a row, soon after it was opened
  Database database_;
  Spool spool_;
  State state_;
  Quarantine quarantine_;
  std::thread worker_;
};

}  // namespace gateway
