// Ordered keys and values on disk: LevelDB, which only this folder sees.
//
// After a write that failed LevelDB's log may be torn in its middle, and what is appended to it
// later cannot be read back. So the first failure closes the database for everybody, and reopen()
// starts it afresh once the disk takes writes again.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace leveldb {
class DB;
class Iterator;
class WriteBatch;
}  // namespace leveldb

namespace gateway {

class StoreEnv;

/// Writes that happen together or not at all, in this order.
class Changes {
 public:
  Changes();
  ~Changes();
  Changes(Changes&& other) noexcept;
  Changes& operator=(Changes&& other) noexcept;

  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  void clear();
  bool empty() const noexcept { return count_ == 0; }
  std::size_t count() const noexcept { return count_; }

 private:
  friend class Database;
  std::unique_ptr<leveldb::WriteBatch> batch_;
  std::size_t count_ = 0;
};

class Database {
 public:
  enum class Write : std::uint8_t {
    Buffered,  // survives the end of this process
    Synced,    // and a power cut
  };

  /// Why it did not open: what is on disk, or the disk.
  struct Trouble {
    bool damaged = false;  // what is there cannot be right
    webpubsub::Error error{};
  };

  /// Called on whichever thread it happens, with the database in use: nothing but a flag may be
  /// set there.
  struct Events {
    std::function<void()> unsynced{};                      // there is something for sync() to do
    std::function<void(const std::string& why)> broken{};  // it is not usable any more
  };

  explicit Database(std::string directory) : Database(std::move(directory), Events()) {}
  Database(std::string directory, Events events);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Opens or creates it, closing it first if it was open. Not while a Cursor is about. Takes as
  /// long as a log of a few megabytes, however much is stored.
  std::optional<Trouble> open();
  /// Makes a database of whatever can still be read in the directory. It must be closed. Errors:
  /// Io.
  webpubsub::Result<void> repair();
  void close();

  /// False before open() and after a write that failed. Any thread, as is all below.
  bool usable() const noexcept { return usable_; }
  /// Whether the failure was about what is stored, not about the disk.
  bool found_damage() const noexcept { return found_damage_; }

  /// Errors: Io with the system's words; then nothing was written and usable() is false.
  webpubsub::Result<void> write(const Changes& changes, Write how = Write::Buffered);
  webpubsub::Result<void> put(std::string_view key, std::string_view value, Write how);
  /// Nothing when it is not there, or cannot be read.
  std::optional<std::string> get(std::string_view key) const;

  /// Brings everything written so far to the disk. Holds up no writer.
  webpubsub::Result<void> sync();
  /// Gives back the space of what was erased between two keys.
  void compact(std::string_view from, std::string_view to);

  std::uint64_t bytes_written() const noexcept;
  /// Of all its files.
  std::uint64_t bytes_on_disk() const;
  const std::string& directory() const noexcept { return directory_; }

  /// A walk over keys in their order, over what was there when it was made. One thread.
  class Cursor {
   public:
    ~Cursor();
    Cursor(Cursor&&) noexcept;
    Cursor& operator=(Cursor&&) = delete;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    /// To the first key not below `key`.
    void seek(std::string_view key);
    /// To the last key below `key`.
    void seek_below(std::string_view key);
    bool valid() const;
    void next();
    std::string_view key() const;    // until the next move
    std::string_view value() const;  // until the next move
    /// Whether it sees anything at all: the database was usable when it was made.
    bool usable() const noexcept { return iterator_ != nullptr; }
    /// Whether something on the way could not be read: then what seems to be missing may be there,
    /// and the database will not be usable any more.
    bool failed() const;

   private:
    friend class Database;
    Cursor(const Database& database, std::shared_lock<std::shared_mutex> lock,
           std::unique_ptr<leveldb::Iterator> iterator);
    const Database* database_;
    std::shared_lock<std::shared_mutex> lock_;
    std::unique_ptr<leveldb::Iterator> iterator_;  // nullptr: the database is not usable
  };
  Cursor cursor() const;
  /// Whether it is, or was until it was opened again, not usable because something in it could not
  /// be read, for whatever reason.
  bool was_unreadable() const noexcept { return unreadable_; }

 private:
  webpubsub::Error fail(const std::string& what, bool damaged) const;
  void fail_to_read(const std::string& what, bool damaged) const;

  const std::string directory_;
  const Events events_;
  std::unique_ptr<StoreEnv> env_;
  mutable std::shared_mutex mutex_;  // exclusive: opens and closes; shared: uses
  std::unique_ptr<leveldb::DB> db_;
  // Whoever reads may find out that it does not work any more.
  mutable std::atomic<bool> usable_{false};
  mutable std::atomic<bool> found_damage_{false};
  mutable std::atomic<bool> unreadable_{false};
  std::atomic<bool> unsynced_{false};
};

}  // namespace gateway
