#include "daemon/control/listening_socket.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using webpubsub::Errc;

bool someone_serves(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const bool served =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return served;
}

TEST(ListeningSocket, IsForOwnerAndGroupAndGoesWithItsObject) {
  const support::TempFolder folder;
  const auto path = folder.file("control.sock");
  {
    const auto socket = ListeningSocket::open(path);
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_TRUE(someone_serves(path));
    using fs::perms;
    EXPECT_EQ(fs::status(path).permissions(),
              perms::owner_read | perms::owner_write | perms::group_read | perms::group_write);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(ListeningSocket, RefusesTheFileOfALivingProcess) {
  const support::TempFolder folder;
  const auto path = folder.file("control.sock");
  const auto first = ListeningSocket::open(path);
  ASSERT_TRUE(first);
  const auto second = ListeningSocket::open(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::ResourceExhausted);
  EXPECT_THAT(second.error().message, HasSubstr("another gateway serves here"));
  EXPECT_TRUE(someone_serves(path));
}

TEST(ListeningSocket, ReplacesTheFileOfAProcessThatWasKilled) {
  const support::TempFolder folder;
  const auto path = folder.file("control.sock");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto socket = ListeningSocket::open(path);
    const char word = socket ? 'y' : 'n';
    static_cast<void>(!::write(ready[1], &word, 1));
    while (true) ::pause();
  }
  char word = 'n';
  ASSERT_EQ(::read(ready[0], &word, 1), 1);
  ASSERT_EQ(word, 'y');
  EXPECT_FALSE(ListeningSocket::open(path));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  ASSERT_TRUE(fs::is_socket(path));
  EXPECT_FALSE(someone_serves(path));
  const auto next = ListeningSocket::open(path);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_TRUE(someone_serves(path));
}

TEST(ListeningSocket, LeavesAloneWhatIsNoSocket) {
  const support::TempFolder folder;
  const auto path = folder.file("control.sock");
  std::ofstream(path) << "somebody's notes";
  const auto socket = ListeningSocket::open(path);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::InvalidArgument);
  EXPECT_EQ(fs::file_size(path), 16U);
}

TEST(ListeningSocket, SaysWhatIsWrongWithItsPath) {
  const support::TempFolder folder;
  const auto too_long = ListeningSocket::open(folder.file(std::string(120, 'x')));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, Errc::InvalidArgument);
  EXPECT_THAT(too_long.error().message, HasSubstr("1 to 107 bytes"));
  const auto nowhere = ListeningSocket::open(folder.file("no-folder/control.sock"));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Errc::Io);
}

}  // namespace
}  // namespace gateway
