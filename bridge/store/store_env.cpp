#include "bridge/store/store_env.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace gateway {

namespace {

bool is_log(const std::string& name) { return name.size() > 4 && name.ends_with(".log"); }

}  // namespace

class StoreEnv::CountedFile final : public leveldb::WritableFile {
 public:
  CountedFile(StoreEnv& env, std::unique_ptr<leveldb::WritableFile> file, std::string log)
      : env_(env), file_(std::move(file)), log_(std::move(log)) {}
  ~CountedFile() override {
    file_.reset();
    if (!log_.empty()) env_.forget_log(log_);
  }
  CountedFile(const CountedFile&) = delete;
  CountedFile& operator=(const CountedFile&) = delete;

  leveldb::Status Append(const leveldb::Slice& data) override {
    env_.written_ += data.size();
    return file_->Append(data);
  }
  leveldb::Status Close() override { return file_->Close(); }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override { return file_->Sync(); }

 private:
  StoreEnv& env_;
  std::unique_ptr<leveldb::WritableFile> file_;
  const std::string log_;  // its name, if it is one
};

StoreEnv::StoreEnv() : leveldb::EnvWrapper(leveldb::Env::Default()) {}

StoreEnv::~StoreEnv() {
  for (const auto& [name, descriptor] : logs_) close(descriptor);
}

leveldb::Status StoreEnv::NewWritableFile(const std::string& name, leveldb::WritableFile** file) {
  auto status = target()->NewWritableFile(name, file);
  if (!status.ok()) return status;
  std::string log;
  if (is_log(name)) {
    const int descriptor = open(name.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
      const std::lock_guard lock(mutex_);
      logs_[name] = descriptor;
      log = name;
    }
  }
  *file = new CountedFile(*this, std::unique_ptr<leveldb::WritableFile>(*file), std::move(log));
  return status;
}

// LevelDB closes a log when the next one begins, without a sync: what is in it reaches its table
// later, and until then a power cut would leave a hole before what the next log already has.
void StoreEnv::forget_log(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(name);
  if (found == logs_.end()) return;
  if (fdatasync(found->second) != 0) closed_log_errors_ = errno;
  close(found->second);
  logs_.erase(found);
}

leveldb::Status StoreEnv::sync_logs() {
  const std::lock_guard lock(mutex_);
  int error = std::exchange(closed_log_errors_, 0);
  for (const auto& [name, descriptor] : logs_) {
    if (fdatasync(descriptor) != 0) error = errno;
  }
  if (error == 0) return leveldb::Status::OK();
  return leveldb::Status::IOError("cannot sync the log", std::system_category().message(error));
}

}  // namespace gateway
