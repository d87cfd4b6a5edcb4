#include "bridge/store/store.h"

#include <algorithm>
#include <fstream>

#include "bridge/store/keys.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::Result;

namespace {

constexpr milliseconds kFirstRetry{500};
constexpr milliseconds kLastRetry{10'000};
constexpr milliseconds kSoon{60'000};
constexpr unsigned kMostEarlyFailures = 3;
// What LevelDB keeps of what was erased before it is made to give it back.
constexpr std::uint64_t kSpareBytes = 16 * 1024 * 1024;
// More batches than one group can get in what a power cut loses.
constexpr std::uint64_t kSkippedSequences = 10'000;
constexpr std::string_view kClean = "clean";

std::string boot_id() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id;
}

}  // namespace

Store::Store(StoreOptions options, std::function<void()> changed)
    : options_(std::move(options)),
      changed_(std::move(changed)),
      reserve_(options_.directory + "/reserve"),
      database_(options_.directory + "/store", {.unsynced =
                                                    [this] {
                                                      const std::lock_guard lock(mutex_);
                                                      unsynced_ = true;
                                                      wake_.notify_one();
                                                    },
                                                .broken =
                                                    [this](const std::string& why) {
                                                      const std::lock_guard lock(mutex_);
                                                      broken_ = true;
                                                      health_.usable = false;
                                                      health_.trouble = why;
                                                      ++health_.failures;
                                                      wake_.notify_one();
                                                    }}),
      spool_(database_),
      state_(database_),
      quarantine_(database_) {
  set_options(options_);
}

Store::~Store() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (worker_.joinable()) worker_.join();
  static_cast<void>(spool_.commit());
  if (database_.sync())
    static_cast<void>(database_.put(keys::kBoot, kClean, Database::Write::Synced));
}

void Store::set_options(const StoreOptions& options) {
  const std::lock_guard lock(mutex_);
  options_.max_size = options.max_size;
  options_.sync = options.sync;
  spool_.set_max_bytes(options.max_size);
  spool_.set_synced(options.sync.count() == 0);
  wake_.notify_one();
}

void Store::open(const std::function<void()>& damaged) {
  note_opened(open_or_recover(database_, webpubsub::wall_now(), damaged));
  take_up();
  if (database_.was_unreadable()) {  // found out just now
    if (damaged) damaged();
    note_opened(recover(database_, health().trouble, webpubsub::wall_now()));
    take_up();
  }
  worker_ = std::thread([this] { work(); });
}

void Store::open_in_background() {
  broken_ = true;
  retry_in_ = milliseconds(0);
  worker_ = std::thread([this] { work(); });
}

void Store::note_opened(const Result<std::optional<Recovery>>& opened) {
  const bool cut = opened.has_value() && starts_after_power_cut();
  const bool usable = opened.has_value() && database_.usable();
  const std::lock_guard lock(mutex_);
  broken_ = !usable;
  health_.usable = usable;
  health_.trouble = opened ? "" : opened.error().message;
  if (!opened) {
    ++health_.failures;
    return;
  }
  opened_at_ = webpubsub::steady_now();
  power_cut_ = power_cut_ || cut;
  if (!*opened) return;
  ++health_.recoveries;
  health_.latest = **opened;
  repaired_ = true;
}

/// And notes down that this boot is the one that writes.
bool Store::starts_after_power_cut() {
  const auto before = database_.get(keys::kBoot);
  const auto now = boot_id();
  static_cast<void>(database_.put(keys::kBoot, now, Database::Write::Synced));
  return before && *before != kClean && *before != now;
}

void Store::take_up() {
  bool repaired = false;
  bool power_cut = false;
  {
    const std::lock_guard lock(mutex_);
    if (!health_.usable) return;
    repaired = repaired_;
    power_cut = power_cut_;
  }
  if (!spool_.loaded()) spool_.load(repaired, power_cut ? kSkippedSequences : 0);
}

StoreHealth Store::health() const {
  const std::lock_guard lock(mutex_);
  auto health = health_;
  health.bytes_written = database_.bytes_written();
  return health;
}

milliseconds Store::sync_interval() const {
  return options_.sync.count() == 0 ? milliseconds(1'000) : options_.sync;
}

void Store::work() {
  if (!broken_) look_after();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (broken_) {
      lock.unlock();
      changed_();
      lock.lock();
      wake_.wait_for(lock, retry_in_, [this] { return stopping_; });
      if (stopping_) return;
      retry_in_ = std::clamp(retry_in_ * 2, kFirstRetry, kLastRetry);
      lock.unlock();
      reopen();
      lock.lock();
      if (!broken_) retry_in_ = kFirstRetry;
      continue;
    }
    wake_.wait(lock, [this] { return stopping_ || broken_ || unsynced_; });
    wake_.wait_for(lock, sync_interval(), [this] { return stopping_ || broken_; });
    if (stopping_ || broken_) continue;
    unsynced_ = false;
    lock.unlock();
    look_after();
    lock.lock();
  }
}

void Store::look_after() {
  if (!database_.sync()) return;
  reserve_.fill();
  reclaim();
}

// What cannot be read again and again is damaged, whatever the system calls it.
void Store::reopen() {
  std::string trouble;
  bool hopeless = false;
  {
    const std::lock_guard lock(mutex_);
    trouble = health_.trouble;
    const bool early = webpubsub::steady_now() - opened_at_ < kSoon;
    early_failures_ = early && database_.was_unreadable() ? early_failures_ + 1 : 0;
    hopeless = early_failures_ >= kMostEarlyFailures;
  }
  const bool damaged = database_.found_damage() || hopeless;
  const auto now = webpubsub::wall_now();
  auto opened = damaged ? recover(database_, trouble, now) : open_or_recover(database_, now);
  if (!opened && reserve_.release()) opened = open_or_recover(database_, now);
  note_opened(opened);
  if (opened) changed_();
}

void Store::reclaim() {
  const auto on_disk = database_.bytes_on_disk();
  if (on_disk > 2 * spool_.bytes() + kSpareBytes) {
    for (const auto& [from, to] : spool_.settled_ranges()) database_.compact(from, to);
  }
  const std::lock_guard lock(mutex_);
  health_.bytes_on_disk = on_disk;
}

}  // namespace gateway
