#include "daemon/control/peer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway {
namespace {

constexpr Account kGateway{.uid = 990, .gid = 980};

struct AccessCase {
  const char* name;
  Peer peer;
  Account own;
  Access access;
};

class AccessTest : public testing::TestWithParam<AccessCase> {};

TEST_P(AccessTest, FollowsFromAccountAndGroups) {
  EXPECT_EQ(access_of(GetParam().peer, GetParam().own), GetParam().access);
}

INSTANTIATE_TEST_SUITE_P(
    Peers, AccessTest,
    testing::Values(
        AccessCase{"Root", {.uid = 0, .gid = 0}, kGateway, Access::Full},
        AccessCase{"Itself", {.uid = 990, .gid = 980}, kGateway, Access::Full},
        AccessCase{"MemberByFirstGroup", {.uid = 1000, .gid = 980}, kGateway, Access::Read},
        AccessCase{"MemberByOtherGroup",
                   {.uid = 1000, .gid = 1000, .groups = {27, 980}},
                   kGateway,
                   Access::Read},
        AccessCase{
            "Stranger", {.uid = 1000, .gid = 1000, .groups = {27, 100}}, kGateway, Access::None},
        // With PrivateUsers=yes everybody who is not root or us looks like 65534.
        AccessCase{"MemberSeenFromAUserNamespace",
                   {.uid = 65534, .gid = 65534, .groups = {65534, 980}},
                   kGateway,
                   Access::Read},
        AccessCase{"StrangerSeenFromAUserNamespace",
                   {.uid = 65534, .gid = 65534, .groups = {65534}},
                   kGateway,
                   Access::None},
        AccessCase{"NobodyIsNotUsEvenWhenWeAreNobody",
                   {.uid = 65534, .gid = 65534},
                   {.uid = 65534, .gid = 65534},
                   Access::None},
        AccessCase{
            "RootsGroupIsNotOurs", {.uid = 1000, .gid = 0}, {.uid = 0, .gid = 0}, Access::None}),
    [](const auto& one) { return one.param.name; });

TEST(Peer, IsReadFromTheSocket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const auto peer = read_peer(ends[0]);
  ASSERT_TRUE(peer) << peer.error().message;
  EXPECT_EQ(peer->uid, ::geteuid());
  EXPECT_EQ(peer->gid, ::getegid());
  EXPECT_EQ(peer->pid, ::getpid());
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_FALSE(read_peer(-1));
}

}  // namespace
}  // namespace gateway
