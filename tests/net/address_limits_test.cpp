#include "net/address_limits.h"

#include <vector>

#include <gtest/gtest.h>

namespace webpubsub::net {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const TimePoint kStart{std::chrono::hours(1)};

TEST(AddressLimits, ConnectionsOfOneAddressAreCounted) {
  AddressLimits limits({.max_connections = 2});
  auto first = limits.admit("192.0.2.1", kStart);
  auto second = limits.admit("192.0.2.1", kStart);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(limits.admit("192.0.2.1", kStart));
  EXPECT_TRUE(limits.admit("192.0.2.2", kStart)) << "another address has its own";
  first.reset();
  EXPECT_TRUE(limits.admit("192.0.2.1", kStart)) << "given back with the connection";
}

TEST(AddressLimits, PlacesMoveAndOutliveTheLimits) {
  AddressLimits::Place kept;
  {
    AddressLimits limits({.max_connections = 1});
    kept = std::move(*limits.admit("192.0.2.1", kStart));
    EXPECT_FALSE(limits.admit("192.0.2.1", kStart));
    AddressLimits::Place moved(std::move(kept));
    kept = std::move(moved);
    EXPECT_FALSE(limits.admit("192.0.2.1", kStart)) << "a place that moved is still taken";
  }
  kept = {};
}

TEST(AddressLimits, RequestsComeAtTheRateWithTwoSecondsAtOnce) {
  AddressLimits limits({.requests_per_second = 5});
  const auto one = limits.admit("192.0.2.1", kStart);
  const auto two = limits.admit("192.0.2.1", kStart);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limits.allows_request(i % 2 == 0 ? *one : *two, kStart));
  EXPECT_FALSE(limits.allows_request(*two, kStart)) << "both connections draw on one purse";
  EXPECT_FALSE(limits.allows_request(*one, kStart + 100ms));
  EXPECT_TRUE(limits.allows_request(*one, kStart + 200ms));
  EXPECT_FALSE(limits.allows_request(*one, kStart + 200ms));
  int allowed = 0;
  while (limits.allows_request(*one, kStart + 3600s)) ++allowed;
  EXPECT_EQ(allowed, 10) << "nobody saves up for longer than two seconds";
}

TEST(AddressLimits, ANewConnectionIsNoNewPurse) {
  AddressLimits limits({.requests_per_second = 1});
  {
    const auto place = limits.admit("192.0.2.1", kStart);
    EXPECT_TRUE(limits.allows_request(*place, kStart));
    EXPECT_TRUE(limits.allows_request(*place, kStart));
  }
  const auto again = limits.admit("192.0.2.1", kStart + 100ms);
  EXPECT_FALSE(limits.allows_request(*again, kStart + 100ms));
}

TEST(AddressLimits, ForgetsAddressesThatAreGone) {
  AddressLimits limits({.max_connections = 1, .requests_per_second = 1});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(limits.admit("192.0.2." + std::to_string(i), kStart));
  }
  EXPECT_EQ(limits.size(), 1000U);
  const auto stays = limits.admit("192.0.2.1", kStart);
  EXPECT_TRUE(limits.admit("198.51.100.1", kStart + 3s));
  EXPECT_EQ(limits.size(), 2U);
}

TEST(AddressLimits, RemembersOnlySoManyAddresses) {
  AddressLimits limits({.max_connections = 1});
  std::vector<AddressLimits::Place> places;
  for (int i = 0; i < 20'000; ++i) {
    auto place = limits.admit("host-" + std::to_string(i), kStart);
    if (place) places.push_back(std::move(*place));
  }
  EXPECT_LT(limits.size(), 16'400U);
  EXPECT_LT(places.size(), 16'400U) << "the rest shares one place";
}

TEST(AddressLimits, WithoutLimitsNothingIsKept) {
  AddressLimits limits({});
  const auto place = limits.admit("192.0.2.1", kStart);
  ASSERT_TRUE(place);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limits.allows_request(*place, kStart));
  EXPECT_EQ(limits.size(), 0U);
}

TEST(AddressLimits, AnIpv6AddressCountsByItsNetwork) {
  EXPECT_EQ(limited_network("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(limited_network("[::ffff:192.0.2.1]"), "192.0.2.1");
  EXPECT_EQ(limited_network("[2001:db8:1:2:3:4:5:6]"), "2001:db8:1:2::/64");
  EXPECT_EQ(limited_network("[2001:db8:1:2::9]"), "2001:db8:1:2::/64");
}

}  // namespace
}  // namespace webpubsub::net
