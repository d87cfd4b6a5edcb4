#include "bridge/downlink/flights.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

Flight flight(const std::string& id, const std::string& topic, const std::string& correlation) {
  return {.id = id, .reply_topic = topic, .correlation = correlation};
}

TEST(Flights, AreFoundByTheirCorrelation) {
  Flights flights;
  const auto a = flights.add(flight("1", "r", "ca"));
  const auto b = flights.add(flight("2", "r", "cb"));
  EXPECT_EQ(flights.match({.topic = "r", .payload = "", .correlation = "cb"}), b);
  EXPECT_EQ(flights.match({.topic = "r", .payload = "", .correlation = "ca"}), a);
  EXPECT_FALSE(flights.match({.topic = "r", .payload = "", .correlation = "cc"}));
  EXPECT_FALSE(flights.match({.topic = "s", .payload = "", .correlation = "ca"}))
      << "of another device";
  EXPECT_FALSE(flights.match({.topic = "r"})) << "nobody can tell whose it is";
  EXPECT_EQ(flights.take(a).id, "1");
  EXPECT_FALSE(flights.match({.topic = "r", .payload = "", .correlation = "ca"}));
  EXPECT_EQ(flights.size(), 1U);
}

TEST(Flights, AreFoundByATopicOfTheirOwn) {
  Flights flights;
  auto own = flight("1", "r/1", "ca");
  own.topic_is_its_own = true;
  const auto number = flights.add(std::move(own));
  EXPECT_EQ(flights.match({.topic = "r/1"}), number);
  EXPECT_FALSE(flights.match({.topic = "r/2"}));
  flights.take(number);
  EXPECT_FALSE(flights.match({.topic = "r/1"}));
}

TEST(Flights, AreFoundByTheIdInTheReply) {
  Flights flights;
  auto first = flight("1", "r", "ca");
  first.reply_id = "/id";
  auto second = flight("2", "r", "cb");
  second.reply_id = "/id";
  const auto a = flights.add(std::move(first));
  const auto b = flights.add(std::move(second));
  EXPECT_EQ(flights.match({.topic = "r", .payload = R"({"id":"2"})"}), b);
  EXPECT_EQ(flights.match({.topic = "r", .payload = R"({"id":1})"}), a);
  EXPECT_FALSE(flights.match({.topic = "r", .payload = R"({"id":"3"})"}));
  EXPECT_FALSE(flights.match({.topic = "r", .payload = "2"}));
  EXPECT_FALSE(flights.match({.topic = "r", .payload = "{"}));
}

TEST(Flights, AreDueInOrder) {
  Flights flights;
  const TimePoint start{};
  auto slow = flight("1", "", "");
  slow.due = start + 2s;
  auto fast = flight("2", "", "");
  fast.due = start + 1s;
  const auto a = flights.add(std::move(slow));
  const auto b = flights.add(std::move(fast));
  EXPECT_EQ(flights.next_due(), start + 1s);
  EXPECT_FALSE(flights.overdue(start));
  EXPECT_EQ(flights.overdue(start + 1s), b);
  flights.set_due(b, start + 3s);
  EXPECT_EQ(flights.overdue(start + 2s), a);
  flights.set_due(a, TimePoint::max());
  EXPECT_EQ(flights.next_due(), start + 3s);
  flights.take(b);
  EXPECT_EQ(flights.next_due(), TimePoint::max());
  EXPECT_EQ(flights.first(), a);
}

}  // namespace
}  // namespace gateway
