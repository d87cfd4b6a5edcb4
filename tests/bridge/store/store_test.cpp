#include "bridge/store/store.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Append = SpoolQueue::Append;
using Part = SpoolQueue::Part;
using testing::HasSubstr;

constexpr SpoolQueue::Amount kAll{1'000'000, 1'000'000'000};

class StoreTest : public testing::Test {
 protected:
  void start(int sync = 10) {
    store_ = std::make_unique<Store>(
        StoreOptions{.directory = folder_.file("data"), .sync = std::chrono::milliseconds(sync)},
        [this] {
          const std::lock_guard lock(mutex_);
          ++changes_;
          changed_.notify_all();
        });
    store_->open();
  }
  void stop() { store_.reset(); }

  SpoolQueue& queue() { return *store_->spool().queue("climate"); }
  int append(int count, std::size_t size = 20) {
    int stored = 0;
    for (int i = 0; i < count; ++i) {
      const auto payload = std::to_string(next_++) + std::string(size, 'x');
      stored += queue().append("d/1", payload, 1'700'000'000'000, 1, false) == Append::Stored;
    }
    return stored;
  }

  /// The numbers of all messages that can still be read.
  std::set<int> read_all() {
    std::set<int> numbers;
    // Damage that is met on the way is repaired before reading goes on.
    while (wait_for([&] { return store_->health().usable; }) && queue().has_unread(Part::All)) {
      queue().read(Part::All, kAll, [&](const SpooledMessage& message) {
        numbers.insert(std::stoi(std::string(message.message.payload)));
        return std::uint16_t{0};
      });
    }
    return numbers;
  }

  bool wait_for(const std::function<bool()>& done) {
    std::unique_lock lock(mutex_);
    const auto deadline = webpubsub::steady_now() + 20s;
    while (!done()) {
      if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) return done();
    }
    return true;
  }

  std::vector<fs::path> set_aside() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_.file("data"))) {
      if (entry.path().filename().string().starts_with("store.damaged-")) {
        found.push_back(entry.path());
      }
    }
    return found;
  }

  support::TempFolder folder_;
  std::unique_ptr<Store> store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int changes_ = 0;
  int next_ = 0;
};

TEST_F(StoreTest, IsUsableAtOnceAndForOneUserOnly) {
  start();
  EXPECT_TRUE(store_->health().usable);
  EXPECT_EQ(append(3), 3);
  EXPECT_EQ(fs::status(folder_.file("data")).permissions(), fs::perms::owner_all);
  stop();
  start();
  EXPECT_EQ(read_all().size(), 3U);
}

TEST_F(StoreTest, StartsWithoutADiskToWriteTo) {
  folder_.write("data", "a file where the folder should be");
  start();
  const auto health = store_->health();
  EXPECT_FALSE(health.usable);
  EXPECT_THAT(health.trouble, HasSubstr("data"));
  EXPECT_EQ(store_->spool().queue("climate"), nullptr);
  EXPECT_EQ(store_->state().get("a"), std::nullopt);
  // It is taken up once the disk is there.
  fs::remove(folder_.file("data"));
  EXPECT_TRUE(wait_for([&] { return store_->health().usable; }));
  store_->take_up();
  EXPECT_EQ(append(1), 1);
}

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(StoreTest, ComesBackByItselfAfterTheDiskRefusedAWrite) {
  start();
  EXPECT_EQ(append(10), 10);
  int stored = 10;
  {
    const FileSizeLimit full(4'096);
    stored += append(100, 100);
    EXPECT_LT(stored, 100);
    const auto health = store_->health();
    EXPECT_FALSE(health.usable);
    EXPECT_GE(health.failures, 1U);
    EXPECT_EQ(queue().append("d/1", "more", 1, 1, false), Append::Unusable);
  }
  EXPECT_TRUE(wait_for([&] { return store_->health().usable; }));
  EXPECT_EQ(store_->health().recoveries, 0U);
  stored += append(10);
  const auto numbers = read_all();
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(stored));
  EXPECT_EQ(queue().counts().lost, 0U);
  EXPECT_EQ(queue().counts().pending, 0U);
}

TEST_F(StoreTest, QuarantineKnowsWhatIsThereAfterTheDiskRefusedAWrite) {
  start();
  auto& quarantine = store_->quarantine();
  ASSERT_TRUE(quarantine.add({.samples = 1, .rule = "climate", .bytes = "a"}));
  {
    const FileSizeLimit full(4'096);
    EXPECT_FALSE(
        quarantine.add({.samples = 1, .rule = "climate", .bytes = std::string(100'000, 'b')}));
    EXPECT_FALSE(quarantine.purge());
  }
  EXPECT_TRUE(wait_for([&] { return store_->health().usable; }));
  EXPECT_EQ(quarantine.batches(), 1U);
  EXPECT_EQ(quarantine.bytes(), 1U);
  EXPECT_EQ(*quarantine.purge(), 1U);
}

/// Which file of a store is damaged, and how.
struct Damage {
  const char* extension;  // or name
  const char* how;
};

class DamagedStore : public StoreTest, public testing::WithParamInterface<Damage> {
 protected:
  void damage() {
    int damaged = 0;
    for (const auto& entry : fs::directory_iterator(folder_.file("data") + "/store")) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with(GetParam().extension) && !name.ends_with(GetParam().extension))
        continue;
      const auto size = entry.file_size();
      const std::string how = GetParam().how;
      if (how == "removed") {
        fs::remove(entry.path());
      } else if (how == "cut") {
        fs::resize_file(entry.path(), size / 2);
      } else if (how == "empty") {
        fs::resize_file(entry.path(), 0);
      } else {
        flip(entry.path(), size, how == "zeros");
      }
      ++damaged;
      if (how != "zeros") break;
    }
    ASSERT_GT(damaged, 0);
  }

  static void flip(const fs::path& path, std::uintmax_t size, bool zeros) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    if (zeros) {
      file << std::string(size, '\0');
      return;
    }
    for (std::uintmax_t at = size / 7; at < size; at += size / 7 + 1) {
      file.seekg(static_cast<std::streamoff>(at));
      const int byte = file.get();
      file.seekp(static_cast<std::streamoff>(at));
      file.put(static_cast<char>(byte ^ 0x10));
    }
  }
};

TEST_P(DamagedStore, AlwaysStartsAndKeepsWhatItCan) {
  start();
  ASSERT_EQ(append(12'000, 400), 12'000);  // several tables and a log
  stop();
  damage();
  start();
  ASSERT_TRUE(store_->health().usable) << store_->health().trouble;
  // Where the rule's name is gone as well, they are under another one.
  std::uint64_t there = 0;
  for (const auto* each : store_->spool().queues()) there += each->counts().pending;
  EXPECT_GT(there, 0U);
  const auto numbers = read_all();
  const auto counts = queue().counts();
  EXPECT_EQ(numbers.size() + counts.lost, counts.restored);
  EXPECT_EQ(counts.pending, 0U);
  // What is gone from among what is there is told.
  if (!numbers.empty()) {
    const auto span = static_cast<std::size_t>(*numbers.rbegin() - *numbers.begin()) + 1;
    EXPECT_GE(counts.restored, span);
  }
  // It is as good as new: what comes now is kept.
  next_ = 100'000;
  EXPECT_EQ(append(10), 10);
  EXPECT_EQ(read_all().size(), 10U);
  const auto health = store_->health();
  const bool all_there = numbers.size() == 12'000;
  // Nobody can tell a log that lost its end from one that never had it.
  const bool told =
      std::string(GetParam().extension) != ".log" || std::string(GetParam().how) == "flipped";
  EXPECT_TRUE(all_there || !told || health.recoveries > 0);
  if (health.recoveries > 0) {
    EXPECT_EQ(set_aside().size(), 1U);
    EXPECT_EQ(health.latest->set_aside, set_aside()[0].string());
    EXPECT_FALSE(health.latest->reason.empty());
  }
  stop();
  start();
  EXPECT_TRUE(store_->health().usable);
  EXPECT_FALSE(queue().has_unread(Part::All));
}

INSTANTIATE_TEST_SUITE_P(
    EveryFile, DamagedStore,
    testing::Values(Damage{".ldb", "flipped"}, Damage{".ldb", "removed"}, Damage{".ldb", "cut"},
                    Damage{".ldb", "zeros"}, Damage{".log", "flipped"}, Damage{".log", "removed"},
                    Damage{".log", "cut"}, Damage{".log", "zeros"}, Damage{"MANIFEST", "flipped"},
                    Damage{"MANIFEST", "removed"}, Damage{"MANIFEST", "cut"},
                    Damage{"MANIFEST", "zeros"}, Damage{"CURRENT", "flipped"},
                    Damage{"CURRENT", "removed"}, Damage{"CURRENT", "empty"},
                    Damage{"CURRENT", "zeros"}),
    [](const auto& damage) {
      std::string name = std::string(damage.param.extension) + "_" + damage.param.how;
      std::erase(name, '.');
      return name;
    });

TEST_F(StoreTest, KeepsOnlyTheLatestOfWhatWasSetAside) {
  for (int i = 0; i < 4; ++i) {
    start();
    append(1);
    stop();
    std::ofstream(folder_.file("data") + "/store/CURRENT") << "nonsense";
  }
  start();
  EXPECT_LE(set_aside().size(), 2U);
}

TEST_F(StoreTest, RefusesWhatANewerVersionWroteAndLeavesItAlone) {
  start();
  append(3);
  stop();
  {
    Database database(folder_.file("data") + "/store");
    ASSERT_FALSE(database.open());
    ASSERT_TRUE(database.put("f", "2", Database::Write::Synced));
  }
  start();
  EXPECT_FALSE(store_->health().usable);
  EXPECT_THAT(store_->health().trouble, HasSubstr("newer"));
  stop();
  EXPECT_TRUE(set_aside().empty());
}

TEST_F(StoreTest, SkipsSequenceNumbersAfterAPowerCutOnly) {
  start();
  append(1);
  read_all();
  queue().settle_batch("g", 5, {});
  stop();
  start();
  EXPECT_EQ(queue().sequences().at("g"), 5U);
  stop();
  {  // as another boot of the machine leaves it that did not end in order
    Database database(folder_.file("data") + "/store");
    ASSERT_FALSE(database.open());
    ASSERT_TRUE(database.put("o", "another boot", Database::Write::Synced));
  }
  start();
  EXPECT_GT(queue().sequences().at("g"), 1'000U);
}

TEST_F(StoreTest, GivesBackTheSpaceOfWhatIsSettled) {
  start();
  std::string noise(10'000, '\0');
  for (auto& byte : noise) byte = static_cast<char>(next_ = (next_ * 1'103 + 12'345) % 65'521);
  for (int i = 0; i < 4'000; ++i) {
    const auto payload = std::to_string(i) + noise.substr(static_cast<std::size_t>(i) % 1'000);
    ASSERT_EQ(queue().append("d/1", payload, 1, 1, false), Append::Stored);
  }
  ASSERT_TRUE(store_->spool().commit());
  read_all();
  const auto deadline = webpubsub::steady_now() + 30s;
  do {
    append(1);  // something to sync, after which space is looked at
    read_all();
    ASSERT_TRUE(store_->spool().commit());
  } while ((store_->health().bytes_on_disk == 0 || store_->health().bytes_on_disk > 24'000'000) &&
           webpubsub::steady_now() < deadline);
  EXPECT_LT(store_->health().bytes_on_disk, 24'000'000U);
}

TEST_F(StoreTest, TellsWhatAMessageCosts) {
  start();
  const auto before = store_->health().bytes_written;
  for (int i = 0; i < 1'000; ++i) {
    append(1, 200);
    read_all();
    ASSERT_TRUE(store_->spool().commit());
  }
  const auto each = (store_->health().bytes_written - before) / 1'000;
  EXPECT_GT(each, 200U);
  EXPECT_LT(each, 600U);
}

}  // namespace
}  // namespace gateway
