#include "bridge/store/database.h"

#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "bridge/store/files.h"
#include "bridge/store/manifest.h"
#include "bridge/store/store_env.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

// What LevelDB may take of the memory: two write buffers, the cache, and tables that are open.
constexpr std::size_t kWriteBuffer = 2 * 1024 * 1024;
constexpr std::size_t kBlockCache = 1024 * 1024;
constexpr int kOpenFiles = 74;  // the least it allows

leveldb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

/// LevelDB would write a file of notes into its folder.
class NoNotes final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

leveldb::Cache* block_cache() {
  static const std::unique_ptr<leveldb::Cache> cache(leveldb::NewLRUCache(kBlockCache));
  return cache.get();
}

leveldb::Options options_for(StoreEnv& env) {
  static NoNotes no_notes;
  leveldb::Options options;
  options.create_if_missing = true;
  // A damaged log or table is to be told, not passed over.
  options.paranoid_checks = true;
  options.env = &env;
  options.info_log = &no_notes;
  options.write_buffer_size = kWriteBuffer;
  options.max_open_files = kOpenFiles;
  options.block_cache = block_cache();
  return options;
}

/// LevelDB takes a folder without CURRENT for a new one and removes what else is in it.
bool has_lost_its_root(const std::string& directory) {
  std::error_code ignored;
  if (std::filesystem::exists(directory + "/CURRENT", ignored)) return false;
  for (const auto& entry : entries_of(directory)) {
    const auto extension = entry.path().extension();
    if (extension == ".ldb" || extension == ".sst") return true;
    if (extension == ".log" && entry.file_size(ignored) > 0) return true;
  }
  return false;
}

}  // namespace

Changes::Changes() : batch_(std::make_unique<leveldb::WriteBatch>()) {}
Changes::~Changes() = default;
Changes::Changes(Changes&& other) noexcept = default;
Changes& Changes::operator=(Changes&& other) noexcept = default;

void Changes::put(std::string_view key, std::string_view value) {
  batch_->Put(slice(key), slice(value));
  ++count_;
}

void Changes::erase(std::string_view key) {
  batch_->Delete(slice(key));
  ++count_;
}

void Changes::clear() {
  batch_->Clear();
  count_ = 0;
}

Database::Database(std::string directory, Events events)
    : directory_(std::move(directory)),
      events_(std::move(events)),
      env_(std::make_unique<StoreEnv>()) {}

Database::~Database() { close(); }

void Database::close() {
  usable_ = false;
  const std::unique_lock lock(mutex_);
  db_.reset();
}

std::optional<Database::Trouble> Database::open() {
  close();
  const std::unique_lock lock(mutex_);
  if (has_lost_its_root(directory_)) {
    return Trouble{true, {Errc::Io, directory_ + " has tables but no CURRENT"}};
  }
  if (manifest_is_torn(directory_)) {
    return Trouble{true, {Errc::Io, directory_ + " has a MANIFEST that ends too early"}};
  }
  leveldb::DB* db = nullptr;
  const auto status = leveldb::DB::Open(options_for(*env_), directory_, &db);
  if (!status.ok()) {
    const bool damaged = status.IsCorruption() || status.IsInvalidArgument();
    return Trouble{damaged, {Errc::Io, "cannot open " + directory_ + ": " + status.ToString()}};
  }
  db_.reset(db);
  found_damage_ = false;
  unreadable_ = false;
  usable_ = true;
  return std::nullopt;
}

Result<void> Database::repair() {
  const std::unique_lock lock(mutex_);
  const auto status = leveldb::RepairDB(directory_, options_for(*env_));
  if (status.ok()) return {};
  return Error{Errc::Io, "cannot repair " + directory_ + ": " + status.ToString()};
}

Error Database::fail(const std::string& what, bool damaged) const {
  if (damaged) found_damage_ = true;
  if (usable_.exchange(false) && events_.broken) events_.broken(what);
  return {Errc::Io, directory_ + ": " + what};
}

void Database::fail_to_read(const std::string& what, bool damaged) const {
  unreadable_ = true;
  static_cast<void>(fail("cannot read: " + what, damaged));
}

Result<void> Database::write(const Changes& changes, Write how) {
  if (!usable_) return Error{Errc::Unavailable, directory_ + " is not open"};
  const std::shared_lock lock(mutex_);
  if (!usable_) return Error{Errc::Unavailable, directory_ + " is not open"};
  leveldb::WriteOptions options;
  options.sync = how == Write::Synced;
  const auto status = db_->Write(options, changes.batch_.get());
  if (!status.ok()) return fail("cannot write: " + status.ToString(), status.IsCorruption());
  if (how == Write::Synced) return {};
  if (!unsynced_.exchange(true) && events_.unsynced) events_.unsynced();
  return {};
}

Result<void> Database::put(std::string_view key, std::string_view value, Write how) {
  if (!usable_) return Error{Errc::Unavailable, directory_ + " is not open"};
  const std::shared_lock lock(mutex_);
  if (!usable_) return Error{Errc::Unavailable, directory_ + " is not open"};
  leveldb::WriteOptions options;
  options.sync = how == Write::Synced;
  const auto status = db_->Put(options, slice(key), slice(value));
  if (!status.ok()) return fail("cannot write: " + status.ToString(), status.IsCorruption());
  if (how == Write::Synced) return {};
  if (!unsynced_.exchange(true) && events_.unsynced) events_.unsynced();
  return {};
}

std::optional<std::string> Database::get(std::string_view key) const {
  if (!usable_) return std::nullopt;
  const std::shared_lock lock(mutex_);
  if (!usable_) return std::nullopt;
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  std::string value;
  const auto status = db_->Get(options, slice(key), &value);
  if (status.ok()) return value;
  if (!status.IsNotFound()) fail_to_read(status.ToString(), status.IsCorruption());
  return std::nullopt;
}

Result<void> Database::sync() {
  if (!usable_) return Error{Errc::Unavailable, directory_ + " is not open"};
  const std::shared_lock lock(mutex_);
  unsynced_ = false;  // before: what is written meanwhile may or may not be in it
  const auto status = env_->sync_logs();
  // What the system could not write it forgets: it is not going to be there after a second try.
  if (!status.ok()) return fail(status.ToString(), false);
  return {};
}

void Database::compact(std::string_view from, std::string_view to) {
  const std::shared_lock lock(mutex_);
  if (!usable_) return;
  const auto first = slice(from);
  const auto last = slice(to);
  db_->CompactRange(&first, &last);
}

std::uint64_t Database::bytes_written() const noexcept { return env_->bytes_written(); }

std::uint64_t Database::bytes_on_disk() const {
  std::error_code ignored;
  std::uint64_t bytes = 0;
  for (const auto& entry : entries_of(directory_)) {
    const auto size = entry.is_regular_file(ignored) ? entry.file_size(ignored) : 0;
    if (size != static_cast<std::uintmax_t>(-1)) bytes += size;
  }
  return bytes;
}

Database::Cursor Database::cursor() const {
  std::shared_lock lock(mutex_);
  if (!usable_) return {*this, std::shared_lock<std::shared_mutex>(), nullptr};
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;  // what is read is read once
  return {*this, std::move(lock), std::unique_ptr<leveldb::Iterator>(db_->NewIterator(options))};
}

Database::Cursor::Cursor(const Database& database, std::shared_lock<std::shared_mutex> lock,
                         std::unique_ptr<leveldb::Iterator> iterator)
    : database_(&database), lock_(std::move(lock)), iterator_(std::move(iterator)) {}
Database::Cursor::Cursor(Cursor&&) noexcept = default;

Database::Cursor::~Cursor() {
  if (!failed()) return;
  const auto status = iterator_->status();
  database_->fail_to_read(status.ToString(), status.IsCorruption());
}

void Database::Cursor::seek(std::string_view key) {
  if (iterator_) iterator_->Seek(slice(key));
}

void Database::Cursor::seek_below(std::string_view key) {
  if (!iterator_) return;
  iterator_->Seek(slice(key));
  if (iterator_->Valid()) {
    iterator_->Prev();
  } else {
    iterator_->SeekToLast();
  }
}

bool Database::Cursor::valid() const { return iterator_ && iterator_->Valid(); }
void Database::Cursor::next() { iterator_->Next(); }
std::string_view Database::Cursor::key() const { return view(iterator_->key()); }
std::string_view Database::Cursor::value() const { return view(iterator_->value()); }
bool Database::Cursor::failed() const { return iterator_ && !iterator_->status().ok(); }

}  // namespace gateway
