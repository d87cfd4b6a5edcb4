#include "daemon/reload/file_watch.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class FileWatchTest : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    auto watch = FileWatch::create(*loop_, [this](const std::vector<std::string>& files) {
      changed_.insert(changed_.end(), files.begin(), files.end());
    });
    ASSERT_TRUE(watch) << watch.error().message;
    watch_ = std::move(*watch);
  }
  bool sees(const std::string& file) {
    return serve_until(
        [&] { return std::find(changed_.begin(), changed_.end(), file) != changed_.end(); });
  }

  support::TempFolder folder_{};
  std::unique_ptr<FileWatch> watch_{};
  std::vector<std::string> changed_{};
};

TEST_F(FileWatchTest, SeesAFileThatIsWritten) {
  const auto file = folder_.write("password", "one");
  watch_->set_files({file});
  folder_.write("password", "two");
  EXPECT_TRUE(sees(file));
  EXPECT_THAT(changed_, ElementsAre(file));
}

TEST_F(FileWatchTest, SeesAFileThatIsReplaced) {
  const auto file = folder_.write("password", "one");
  watch_->set_files({file});
  for (const auto* const text : {"two", "three"}) {
    changed_.clear();
    fs::rename(folder_.write(".new", text), file);
    EXPECT_TRUE(sees(file)) << text;
  }
}

TEST_F(FileWatchTest, SeesALinkOnTheWayThatPointsElsewhere) {
  // As Kubernetes does it: tls.crt -> ..data/tls.crt, ..data -> ..1/, which is exchanged.
  const auto make = [&](const std::string& version, const std::string& text) {
    fs::create_directory(folder_.file(version));
    folder_.write(version + "/tls.crt", text);
    fs::create_directory_symlink(version, folder_.file(".link"));
    fs::rename(folder_.file(".link"), folder_.file("..data"));
  };
  make("..1", "one");
  const auto file = folder_.file("tls.crt");
  fs::create_symlink("..data/tls.crt", file);
  watch_->set_files({file});
  make("..2", "two");
  EXPECT_TRUE(sees(file));
  changed_.clear();
  make("..3", "three");
  EXPECT_TRUE(sees(file));
}

TEST_F(FileWatchTest, SeesALinkedFileThatChangesWhereItIs) {
  fs::create_directory(folder_.file("elsewhere"));
  folder_.write("elsewhere/real", "one");
  const auto file = folder_.file("link");
  fs::create_symlink(folder_.file("elsewhere/real"), file);
  watch_->set_files({file});
  folder_.write("elsewhere/real", "two");
  EXPECT_TRUE(sees(file));
}

TEST_F(FileWatchTest, SeesAFileThatComesAboutWithItsFolder) {
  const auto file = folder_.file("later/secret");
  watch_->set_files({file});
  fs::create_directory(folder_.file("later"));
  folder_.write("later/secret", "now");
  EXPECT_TRUE(sees(file));
}

TEST_F(FileWatchTest, TellsOnlyWhatIsAnotherContent) {
  const auto same = folder_.write("same", "text");
  const auto other = folder_.write("other", "text");
  folder_.write("unwatched", "text");
  watch_->set_files({same, other});
  folder_.write("unwatched", "changed");
  folder_.write("same", "text");
  folder_.write("other", "changed");
  EXPECT_TRUE(sees(other));
  EXPECT_THAT(changed_, ElementsAre(other));
}

TEST_F(FileWatchTest, TellsSeveralThatChangeTogetherAtOnce) {
  const auto certificate = folder_.write("tls.crt", "one");
  const auto key = folder_.write("tls.key", "one");
  watch_->set_files({certificate, key});
  folder_.write("tls.crt", "two");
  folder_.write("tls.key", "two");
  EXPECT_TRUE(sees(key));
  EXPECT_THAT(changed_, ElementsAre(certificate, key));
}

TEST_F(FileWatchTest, WhatIsNotNamedAnyMoreIsNotTold) {
  const auto first = folder_.write("first", "one");
  const auto second = folder_.write("second", "one");
  watch_->set_files({first});
  watch_->set_files({second});
  folder_.write("first", "two");
  folder_.write("second", "two");
  EXPECT_TRUE(sees(second));
  EXPECT_THAT(changed_, ElementsAre(second));
}

}  // namespace
}  // namespace gateway
