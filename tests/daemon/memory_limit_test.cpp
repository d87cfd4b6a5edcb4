#include "daemon/memory_limit.h"

#include <gmock/gmock.h>

#include "tests/daemon/recording_sink.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kMiB = 1024 * 1024;

/// A machine with cgroups of version 2, in which this process is in system.slice/gw.service.
class MemoryLimitTest : public testing::Test {
 protected:
  MemoryLimitTest() {
    machine_.write("proc/self/cgroup", "0::/system.slice/gw.service\n");
    set("system.slice", "memory.high", "max");
    set("system.slice", "memory.max", "max");
    set("system.slice/gw.service", "memory.high", "max");
    set("system.slice/gw.service", "memory.max", "max");
  }
  void set(const std::string& group, const std::string& file, const std::string& text) {
    machine_.write("sys/fs/cgroup/" + group + "/" + file, text + "\n");
  }
  std::optional<MemoryLimit> read() const { return read_memory_limit(machine_.path()); }
  std::string file(const std::string& name) const { return machine_.file("sys/fs/cgroup/" + name); }

  support::TempFolder machine_{};
};

TEST_F(MemoryLimitTest, IsTheLowestOfTheCgroupAndThoseAboveIt) {
  EXPECT_FALSE(read());
  set("system.slice", "memory.max", "536870912");
  ASSERT_TRUE(read());
  EXPECT_EQ(read()->bytes, 512 * kMiB);
  EXPECT_EQ(read()->file, file("system.slice/memory.max"));
  set("system.slice/gw.service", "memory.max", "268435456");
  EXPECT_EQ(read()->file, file("system.slice/gw.service/memory.max"));
  set("system.slice/gw.service", "memory.high", "201326592");
  EXPECT_EQ(read()->bytes, 192 * kMiB);
  EXPECT_EQ(read()->file, file("system.slice/gw.service/memory.high"));
  set("other.slice", "memory.max", "1");
  EXPECT_EQ(read()->bytes, 192 * kMiB);
}

TEST_F(MemoryLimitTest, IsThatOfTheContainerWhereTheCgroupIsTheRoot) {
  machine_.write("proc/self/cgroup", "4:memory:/a\n0::/\n");
  machine_.write("sys/fs/cgroup/memory.max", "134217728\n");
  ASSERT_TRUE(read());
  EXPECT_EQ(read()->bytes, 128 * kMiB);
  // The path may be the host's, of which the container sees nothing.
  machine_.write("proc/self/cgroup", "0::/docker/4711\n");
  ASSERT_TRUE(read());
  EXPECT_EQ(read()->bytes, 128 * kMiB);
}

TEST_F(MemoryLimitTest, IsUnknownWhereThereIsNoneToBeSeen) {
  set("system.slice/gw.service", "memory.max", "1");
  machine_.write("proc/self/cgroup", "4:memory:/system.slice/gw.service\n");
  EXPECT_FALSE(read()) << "version 1";
  machine_.write("proc/self/cgroup", "0::/../system.slice/gw.service\n");
  EXPECT_FALSE(read()) << "outside of the namespace";
  machine_.write("proc/self/cgroup", "0::/system.slice/gw.service\n");
  set("system.slice/gw.service", "memory.max", "64M");
  EXPECT_FALSE(read());
  std::filesystem::remove_all(machine_.path() / "proc");
  EXPECT_FALSE(read());
}

class MemoryWarningTest : public testing::Test {
 protected:
  MemoryWarningTest() { settings_.snapshot.enabled = false; }

  std::vector<std::string> warnings(std::uint64_t limit) {
    RecordingSink sink;
    webpubsub::Log log(sink, webpubsub::LogLevel::Info);
    warn_of_memory_limit(settings_, MemoryLimit{limit, "/group/memory.high"}, log);
    for (const auto& event : sink.events()) EXPECT_EQ(event, "memory.limit");
    return sink.messages();
  }
  static auto warns(const std::string& needed, const std::string& limit, const std::string& right) {
    return ElementsAre("memory.max_size lets the gateway take " + needed +
                       " in all, and /group/memory.high allows " + limit + ": set " + right);
  }
  Settings settings_{};
};

TEST_F(MemoryWarningTest, SaysWhatWouldBeRight) {
  settings_.uplink.max_bytes = 256 * kMiB;
  EXPECT_THAT(warnings(288 * kMiB), IsEmpty());
  EXPECT_THAT(warnings(288 * kMiB - 1),
              warns("288MiB", "301989887B",
                    "memory.max_size to 255MiB or less, or the limit to 288MiB or more"));
  EXPECT_THAT(warnings(192 * kMiB),
              warns("288MiB", "192MiB",
                    "memory.max_size to 160MiB or less, or the limit to 288MiB or more"));
}

TEST_F(MemoryWarningTest, CountsLastValuesWhereTheyAreKept) {
  settings_.uplink.max_bytes = 64 * kMiB;
  settings_.snapshot.max_size = 100 * kMiB;
  EXPECT_THAT(warnings(192 * kMiB), IsEmpty());
  settings_.snapshot.enabled = true;
  EXPECT_THAT(warnings(192 * kMiB),
              warns("196MiB", "192MiB",
                    "memory.max_size to 60MiB or less, or the limit to 196MiB or more"));
}

TEST_F(MemoryWarningTest, CountsTheProgramsOfRules) {
  settings_.uplink.max_bytes = 64 * kMiB;
  settings_.rules.resize(3);
  EXPECT_THAT(warnings(96 * kMiB), IsEmpty());
  settings_.rules[0].jq = {.text = ".", .memory = 32 * kMiB};
  settings_.rules[2].jq = {.text = ".", .memory = 64 * kMiB};
  EXPECT_THAT(warnings(192 * kMiB - 1),
              warns("192MiB", "201326591B",
                    "memory.max_size to 63MiB or less, or the limit to 192MiB or more"));
}

TEST_F(MemoryWarningTest, AsksForNoSizeThatCannotBeSet) {
  settings_.uplink.max_bytes = 64 * kMiB;
  EXPECT_THAT(warnings(24 * kMiB), warns("96MiB", "24MiB", "the limit to 96MiB or more"));
}

TEST_F(MemoryWarningTest, IsNotForThoseWithoutALimit) {
  RecordingSink sink;
  webpubsub::Log log(sink, webpubsub::LogLevel::Info);
  settings_.uplink.max_bytes = std::size_t{1} << 30U;
  warn_of_memory_limit(settings_, std::nullopt, log);
  EXPECT_THAT(sink.events(), IsEmpty());
}

}  // namespace
}  // namespace gateway
