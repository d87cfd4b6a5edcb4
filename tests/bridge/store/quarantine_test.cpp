#include "bridge/store/quarantine.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QuarantineTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(database_.open()); }

  static QuarantinedBatch batch(std::string bytes) {
    return {.time = 1'700'000'000'000,
            .samples = 3,
            .rule = "climate",
            .group = "site-berlin",
            .bytes = std::move(bytes)};
  }

  std::vector<std::string> all(const Quarantine& quarantine, std::uint64_t after = 0) {
    std::vector<std::string> found;
    quarantine.each(after, [&](const QuarantinedBatch& each) {
      EXPECT_EQ(each.rule, "climate");
      EXPECT_EQ(each.group, "site-berlin");
      EXPECT_EQ(each.samples, 3U);
      found.push_back(each.bytes);
      return true;
    });
    return found;
  }

  const support::TempFolder folder_{};
  Database database_{folder_.file("data")};
};

TEST_F(QuarantineTest, OutlivesTheProcess) {
  {
    Quarantine quarantine(database_);
    EXPECT_TRUE(quarantine.add(batch("a")));
    EXPECT_TRUE(quarantine.add(batch("b")));
  }
  Quarantine quarantine(database_);
  EXPECT_EQ(quarantine.batches(), 2U);
  EXPECT_EQ(quarantine.bytes(), 2U);
  EXPECT_EQ(quarantine.samples(), 6U);
  EXPECT_EQ(quarantine.oldest(), 1'700'000'000'000);
  EXPECT_THAT(all(quarantine), ElementsAre("a", "b"));
  EXPECT_THAT(all(quarantine, 1), ElementsAre("b"));
  EXPECT_TRUE(quarantine.add(batch("c")));
  EXPECT_THAT(all(quarantine, 2), ElementsAre("c"));
}

TEST_F(QuarantineTest, TheEarliestMakeWay) {
  Quarantine quarantine(database_);
  for (std::size_t i = 0; i < Quarantine::kMaxBatches + 5; ++i) {
    ASSERT_TRUE(quarantine.add(batch(std::to_string(i))));
  }
  EXPECT_EQ(quarantine.batches(), Quarantine::kMaxBatches);
  EXPECT_EQ(all(quarantine).front(), "5");
  const std::string large(Quarantine::kMaxBytes / 4, 'x');
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(quarantine.add(batch(large)));
  EXPECT_LE(quarantine.bytes(), Quarantine::kMaxBytes);
  EXPECT_EQ(all(quarantine).size(), quarantine.batches());
}

TEST_F(QuarantineTest, CanBeEmptied) {
  Quarantine quarantine(database_);
  EXPECT_EQ(*quarantine.purge(), 0U);
  ASSERT_TRUE(quarantine.add(batch("a")));
  EXPECT_EQ(*quarantine.purge(), 1U);
  EXPECT_EQ(quarantine.bytes(), 0U);
  EXPECT_THAT(all(quarantine), IsEmpty());
  EXPECT_THAT(all(Quarantine(database_)), IsEmpty());
}

TEST_F(QuarantineTest, KeepsNothingWithoutADisk) {
  Database closed(folder_.file("closed"));
  Quarantine quarantine(closed);
  EXPECT_FALSE(quarantine.add(batch("a")));
  EXPECT_FALSE(quarantine.purge());
  EXPECT_EQ(quarantine.batches(), 0U);
  EXPECT_THAT(all(quarantine), IsEmpty());
}

}  // namespace
}  // namespace gateway
