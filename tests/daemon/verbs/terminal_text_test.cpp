#include <cstdlib>

#include <gtest/gtest.h>

#include "daemon/verbs/control_request.h"

namespace gateway {
namespace {

TEST(TerminalText, LetsColoursThroughAndNothingElse) {
  EXPECT_EQ(terminal_text("a\n\x1b[1;31mred\x1b[0m\n", true), "a\n\x1b[1;31mred\x1b[0m\n");
  EXPECT_EQ(terminal_text("\x1b[31mred", false), "\\x1b[31mred");
  EXPECT_EQ(terminal_text("\x1b]0;title\x07", true), "\\x1b]0;title\\x07");
  EXPECT_EQ(terminal_text("\x1b[2J\x1b[31", true), "\\x1b[2J\\x1b[31");
  EXPECT_EQ(terminal_text("back\\slash\r", true), "back\\slash\\r");
  EXPECT_EQ(terminal_text("", true), "");
}

TEST(SocketPath, IsTheServicesUnlessToldOtherwise) {
  EXPECT_EQ(socket_path({}), "/run/webpubsub-gateway/control.sock");
  EXPECT_EQ(socket_path({.instance = "berlin"}), "/run/webpubsub-gateway@berlin/control.sock");
  EXPECT_EQ(socket_path({.socket = "/x/c.sock", .instance = "berlin"}), "/x/c.sock");
}

TEST(SocketPath, OfTheDaemonIsInTheFolderThatTheServiceManagerMade) {
  ::unsetenv("RUNTIME_DIRECTORY");
  EXPECT_EQ(own_socket_path(""), "");
  EXPECT_EQ(own_socket_path("/x/c.sock"), "/x/c.sock");
  ::setenv("RUNTIME_DIRECTORY", "/run/a:/run/b", 1);
  EXPECT_EQ(own_socket_path(""), "/run/a/control.sock");
  EXPECT_EQ(own_socket_path("/x/c.sock"), "/x/c.sock");
  ::unsetenv("RUNTIME_DIRECTORY");
}

TEST(JsonText, IsEmptyForWhatIsNone) {
  EXPECT_EQ(json_text("\"a\\nb\""), "a\nb");
  EXPECT_EQ(json_text("7"), "");
  EXPECT_EQ(json_text("no json"), "");
  EXPECT_EQ(json_text(R"({"a":"b"})", "a"), "b");
  EXPECT_EQ(json_text(R"({"a":1})", "a"), "");
  EXPECT_EQ(json_text("[]", "a"), "");
}

}  // namespace
}  // namespace gateway
