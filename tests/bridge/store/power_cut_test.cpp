// What a power cut leaves: every file as long as it was when it was last synced.

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridge/store/store.h"
#include "tests/support/temp_folder.h"

namespace {

/// A file, also when its number is given to another one later.
using Identity = std::tuple<std::uint64_t, std::int64_t, std::uint32_t>;

std::mutex g_mutex;
std::map<Identity, std::uint64_t> g_synced;  // sizes

struct FileState {
  Identity identity{};
  std::uint64_t size = 0;
};

FileState look(int folder, const char* path, int flags) {
  struct statx state {};
  if (statx(folder, path, flags, STATX_BASIC_STATS | STATX_BTIME, &state) != 0) return {};
  return {{state.stx_ino, state.stx_btime.tv_sec, state.stx_btime.tv_nsec}, state.stx_size};
}

int note_synced(long done, int file) {
  if (done == 0) {
    const auto state = look(file, "", AT_EMPTY_PATH);
    const std::lock_guard lock(g_mutex);
    g_synced[state.identity] = state.size;
  }
  return static_cast<int>(done);
}

}  // namespace

// In the place of the C library's, for LevelDB and for us.
extern "C" int fdatasync(int file) { return note_synced(syscall(SYS_fdatasync, file), file); }
extern "C" int fsync(int file) { return note_synced(syscall(SYS_fsync, file), file); }

namespace gateway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::SizeIs;

constexpr SpoolQueue::Amount kAll{1'000'000, 1'000'000'000};

class PowerCut : public testing::Test {
 protected:
  void start(const std::string& folder, std::chrono::milliseconds sync) {
    store_ = std::make_unique<Store>(StoreOptions{.directory = folder_.file(folder), .sync = sync},
                                     [] {});
    store_->open();
    ASSERT_TRUE(store_->health().usable) << store_->health().trouble;
  }

  SpoolQueue& queue() { return *store_->spool().queue("climate"); }

  void append(int count, std::size_t size = 20) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(queue().append("d/1", std::string(size, 'x'), 1, 1, false),
                SpoolQueue::Append::Stored);
    }
  }

  /// Ends the process's part, too, and starts on what is on the disk.
  void cut_power() {
    const auto folder = "after-" + std::to_string(++cuts_);
    copy_synced(folder_.file(here_) + "/store", folder_.file(folder) + "/store");
    store_.reset();
    here_ = folder;
    start(here_, 1h);
  }

  static void copy_synced(const fs::path& from, const fs::path& to) {
    const std::lock_guard lock(g_mutex);
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
      const auto synced = g_synced.find(look(AT_FDCWD, entry.path().c_str(), 0).identity);
      if (synced == g_synced.end()) continue;
      const auto target = to / entry.path().filename();
      fs::copy_file(entry.path(), target);
      fs::resize_file(target, synced->second);
    }
  }

  /// One more that is synced, and with it what came before.
  void append_synced() {
    store_->set_options({.directory = folder_.file(here_), .sync = 0ms});
    append(1);
    store_->set_options({.directory = folder_.file(here_), .sync = 1h});
  }

  support::TempFolder folder_;
  std::string here_ = "data";
  std::unique_ptr<Store> store_;
  int cuts_ = 0;
};

TEST_F(PowerCut, TakesNothingWhereEachMessageIsSynced) {
  start(here_, 0ms);
  append(50);
  cut_power();
  EXPECT_EQ(queue().counts().pending, 50U);
  EXPECT_EQ(store_->health().recoveries, 0U);
}

TEST_F(PowerCut, TakesWhatCameAfterTheLatestSync) {
  start(here_, 1h);
  append(8'000, 400);  // more than a log is long
  append_synced();
  append(100);
  cut_power();
  EXPECT_GE(queue().counts().pending, 8'001U);
  EXPECT_LT(queue().counts().pending, 8'101U);
  EXPECT_EQ(store_->health().recoveries, 0U);
}

TEST_F(PowerCut, LeavesWhatABatchIsMadeOfWhereEachMessageIsSynced) {
  start(here_, 0ms);
  append(3);
  std::vector<std::uint64_t> messages;
  queue().read(SpoolQueue::Part::All, kAll, [&](const SpooledMessage& message) {
    messages.push_back(message.sequence);
    return std::uint16_t{1};
  });
  ASSERT_THAT(messages, SizeIs(3));
  queue().note_batch("g", 7, messages);
  ASSERT_TRUE(store_->spool().commit());
  cut_power();
  const auto unfinished = queue().take_unfinished();
  ASSERT_THAT(unfinished, SizeIs(1));
  EXPECT_EQ(unfinished[0].sequence, 7U);
  EXPECT_EQ(unfinished[0].messages, messages);
}

}  // namespace
}  // namespace gateway
