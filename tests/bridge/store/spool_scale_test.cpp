// A backlog of a million messages: opened at once, in little memory, and drained faster than it
// came.

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "bridge/store/store.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::steady_now;

constexpr int kMessages = 1'000'000;

/// Of this process, in bytes, without what the system can take from it: files that are mapped.
std::size_t resident() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::size_t kilobytes = 0;
    if (word == "RssAnon:" && file >> kilobytes) return kilobytes * 1'024;
  }
  return 0;
}

TEST(SpoolScale, AMillionMessagesTakeNoTimeToOpenAndNoMemory) {
  const support::TempFolder folder;
  const StoreOptions options{.directory = folder.file("data"), .max_size = std::size_t{1} << 30U};
  const std::string payload(100, 'x');
  auto began = steady_now();
  {
    Store store(options, [] {});
    store.open();
    auto& queue = *store.spool().queue("climate");
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_EQ(queue.append("sensors/d1", payload, 1'700'000'000'000, 1, false),
                SpoolQueue::Append::Stored);
    }
  }
  const auto append_time = steady_now() - began;

  const auto before = resident();
  began = steady_now();
  Store store(options, [] {});
  store.open();
  EXPECT_LT(steady_now() - began, 2s);
  auto& queue = *store.spool().queue("climate");
  EXPECT_EQ(queue.counts().pending, static_cast<std::uint64_t>(kMessages));

  began = steady_now();
  std::vector<std::uint64_t> batch;
  std::size_t most = 0;
  for (std::uint64_t number = 1; queue.has_unread(SpoolQueue::Part::All); ++number) {
    queue.read(SpoolQueue::Part::All, {1'000, 1'000'000}, [&](const SpooledMessage& message) {
      batch.push_back(message.sequence);
      return std::uint16_t{1};
    });
    queue.note_batch("g", number, batch);
    ASSERT_TRUE(store.spool().commit());
    queue.settle_batch("g", number, batch);
    ASSERT_TRUE(store.spool().commit());
    batch.clear();
    most = std::max(most, resident());
  }
  EXPECT_EQ(queue.counts().pending, 0U);
  EXPECT_EQ(queue.counts().lost, 0U);
  EXPECT_LT(steady_now() - began, append_time);
  EXPECT_LT(most, before + 24'000'000);
}

}  // namespace
}  // namespace gateway
