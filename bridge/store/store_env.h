// The file system as LevelDB sees it: the real one, watched.
//
// It counts what is written, which LevelDB's own figures round to megabytes, and can bring the
// write-ahead log to the disk beside LevelDB, whose own way holds up every writer meanwhile.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <leveldb/env.h>

namespace gateway {

/// Safe from any thread.
class StoreEnv final : public leveldb::EnvWrapper {
 public:
  StoreEnv();
  ~StoreEnv() override;
  StoreEnv(const StoreEnv&) = delete;
  StoreEnv& operator=(const StoreEnv&) = delete;

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override;

  /// Of all files, since the start.
  std::uint64_t bytes_written() const noexcept { return written_; }

  /// What was appended to logs before this call survives a power cut once it returns.
  leveldb::Status sync_logs();

 private:
  class CountedFile;
  void forget_log(const std::string& name);

  std::atomic<std::uint64_t> written_{0};
  std::mutex mutex_;
  std::map<std::string, int> logs_;  // descriptors of our own for the same files
  int closed_log_errors_ = 0;        // of logs that were closed, since sync_logs() last told
};

}  // namespace gateway
