#include "bridge/store/database.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "bridge/store/state.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using Write = Database::Write;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

class DatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<Database> opened() {
    auto database = std::make_unique<Database>(folder_.file("store"));
    const auto trouble = database->open();
    EXPECT_FALSE(trouble) << trouble->error.message;
    return database;
  }

  /// The names of its files that end so.
  std::vector<std::string> files(const std::string& extension) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.file("store"))) {
      if (entry.path().extension() == extension) found.push_back(entry.path().string());
    }
    return found;
  }

  support::TempFolder folder_;
};

TEST_F(DatabaseTest, KeepsWhatWasWrittenOverAReopening) {
  auto database = opened();
  ASSERT_TRUE(database->put("a", "1", Write::Buffered));
  ASSERT_TRUE(database->put("b", "2", Write::Synced));
  database.reset();
  database = opened();
  EXPECT_THAT(database->get("a"), Optional(std::string("1")));
  EXPECT_THAT(database->get("b"), Optional(std::string("2")));
  EXPECT_EQ(database->get("c"), std::nullopt);
}

TEST_F(DatabaseTest, WritesChangesTogetherAndInTheirOrder) {
  auto database = opened();
  Changes changes;
  changes.put("a", "1");
  changes.put("b", "2");
  changes.erase("a");
  EXPECT_EQ(changes.count(), 3U);
  ASSERT_TRUE(database->write(changes));
  EXPECT_EQ(database->get("a"), std::nullopt);
  EXPECT_THAT(database->get("b"), Optional(std::string("2")));
}

TEST_F(DatabaseTest, WalksKeysInTheirOrder) {
  auto database = opened();
  for (const char* key : {"c", "a", "b"}) ASSERT_TRUE(database->put(key, "", Write::Buffered));
  std::vector<std::string> keys;
  auto cursor = database->cursor();
  for (cursor.seek("a"); cursor.valid(); cursor.next()) keys.emplace_back(cursor.key());
  EXPECT_THAT(keys, ElementsAre("a", "b", "c"));
  cursor.seek_below("c");
  ASSERT_TRUE(cursor.valid());
  EXPECT_EQ(cursor.key(), "b");
  cursor.seek_below("x");
  ASSERT_TRUE(cursor.valid());
  EXPECT_EQ(cursor.key(), "c");
  cursor.seek_below("a");
  EXPECT_FALSE(cursor.valid());
}

TEST_F(DatabaseTest, CountsWhatIsWritten) {
  auto database = opened();
  const auto before = database->bytes_written();
  ASSERT_TRUE(database->put("key", std::string(1000, 'x'), Write::Buffered));
  EXPECT_GT(database->bytes_written(), before + 1000);
  EXPECT_LT(database->bytes_written(), before + 1100);
  EXPECT_GT(database->bytes_on_disk(), 1000U);
  EXPECT_TRUE(database->sync());
}

TEST_F(DatabaseTest, IsClosedForEverybodyAfterAWriteThatFailed) {
  auto database = opened();
  ASSERT_TRUE(database->put("a", "1", Write::Buffered));
  database->close();
  EXPECT_FALSE(database->usable());
  const auto written = database->put("b", "2", Write::Buffered);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, webpubsub::Errc::Unavailable);
  EXPECT_EQ(database->get("a"), std::nullopt);
  auto cursor = database->cursor();
  cursor.seek("");
  EXPECT_FALSE(cursor.valid());
}

TEST_F(DatabaseTest, TellsAFolderItCannotUseFromADamagedOne) {
  Database nowhere(folder_.write("file", "") + "/store");
  const auto trouble = nowhere.open();
  ASSERT_TRUE(trouble);
  EXPECT_FALSE(trouble->damaged);
}

TEST_F(DatabaseTest, ATornTailIsNoDamage) {
  ASSERT_TRUE(opened()->put("a", std::string(100, 'x'), Write::Buffered));
  const auto logs = files(".log");
  ASSERT_EQ(logs.size(), 1U);
  std::filesystem::resize_file(logs[0], std::filesystem::file_size(logs[0]) - 20);
  EXPECT_EQ(opened()->get("a"), std::nullopt);
}

TEST_F(DatabaseTest, AFlippedBitInTheLogIsDamage) {
  {
    auto database = opened();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(database->put(std::to_string(i), std::string(100, 'x'), Write::Buffered));
    }
  }
  const auto log = files(".log").at(0);
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(300).put('?');
  file.close();
  Database database(folder_.file("store"));
  const auto trouble = database.open();
  ASSERT_TRUE(trouble);
  EXPECT_TRUE(trouble->damaged);
  ASSERT_TRUE(database.repair());
  ASSERT_FALSE(database.open());
  EXPECT_THAT(database.get("0"), Optional(std::string(100, 'x')));
}

TEST_F(DatabaseTest, AFolderWithoutItsRootIsDamageNotANewOne) {
  ASSERT_TRUE(opened()->put("a", "1", Write::Buffered));
  std::filesystem::remove(folder_.file("store") + "/CURRENT");
  Database database(folder_.file("store"));
  const auto trouble = database.open();
  ASSERT_TRUE(trouble);
  EXPECT_TRUE(trouble->damaged);
  ASSERT_TRUE(database.repair());
  ASSERT_FALSE(database.open());
  EXPECT_THAT(database.get("a"), Optional(std::string("1")));
}

TEST_F(DatabaseTest, StateKeepsSmallThingsByTheirPrefix) {
  auto database = opened();
  State state(*database);
  ASSERT_TRUE(state.put("commands/1", "done"));
  ASSERT_TRUE(state.put("commands/2", "failed"));
  ASSERT_TRUE(state.put("values/1", "21.5"));
  State::Batch batch;
  batch.put("commands/3", "late");
  batch.erase("commands/1");
  ASSERT_TRUE(state.write(batch));
  EXPECT_EQ(state.get("commands/1"), std::nullopt);
  EXPECT_THAT(state.get("commands/2"), Optional(std::string("failed")));
  std::vector<std::string> found;
  state.each("commands/", [&](std::string_view key, std::string_view value) {
    found.push_back(std::string(key) + "=" + std::string(value));
    return true;
  });
  EXPECT_THAT(found, ElementsAre("commands/2=failed", "commands/3=late"));
  ASSERT_TRUE(state.erase("values/1"));
  database->close();
  EXPECT_EQ(state.get("commands/2"), std::nullopt);
  EXPECT_FALSE(state.put("commands/4", "done"));
}

}  // namespace
}  // namespace gateway
