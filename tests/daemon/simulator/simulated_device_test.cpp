#include "daemon/simulator/simulated_device.h"

#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace gateway {
namespace {

rapidjson::Document read(const SimulatedDevice& device) {
  rapidjson::Document document;
  document.Parse(device.telemetry(1'763'690'400'123).c_str());
  EXPECT_TRUE(document.IsObject()) << device.telemetry(0);
  return document;
}

double number(const SimulatedDevice& device, const char* name) {
  const auto document = read(device);
  const auto found = document.FindMember(name);
  if (found == document.MemberEnd() || !found->value.IsNumber()) {
    ADD_FAILURE() << name << " is no number in " << device.telemetry(0);
    return 0;
  }
  return found->value.GetDouble();
}

std::string word(const SimulatedDevice& device, const char* name) {
  const auto document = read(device);
  const auto found = document.FindMember(name);
  return found == document.MemberEnd() ? "" : found->value.GetString();
}

void run(SimulatedDevice& device, int seconds) {
  for (int i = 0; i < 2 * seconds; ++i) device.advance(0.5);
}

TEST(SimulatedDevice, KindsAndSitesTakeTurnsAndNamesAreUnique) {
  std::set<std::string> names;
  std::set<std::string> sites;
  std::set<std::string> kinds;
  for (std::size_t i = 0; i < 20; ++i) {
    const auto device = make_device(i, 1);
    names.insert(device->name());
    sites.insert(device->site());
    kinds.insert(word(*device, "kind"));
  }
  EXPECT_EQ(names.size(), 20U);
  EXPECT_EQ(sites, (std::set<std::string>{"berlin", "lisbon", "oslo", "turin"}));
  EXPECT_EQ(kinds, (std::set<std::string>{"climate", "machine", "meter"}));
}

TEST(SimulatedDevice, TellsTheTimeItIsGiven) {
  const auto document = read(*make_device(0, 1));
  EXPECT_EQ(document["ts"].GetInt64(), 1'763'690'400'123);
}

TEST(SimulatedDevice, TheSameSeedMovesTheSameWay) {
  for (std::size_t i = 0; i < 3; ++i) {
    const auto one = make_device(i, 7);
    const auto same = make_device(i, 7);
    const auto other = make_device(i, 8);
    run(*one, 60);
    run(*same, 60);
    run(*other, 60);
    EXPECT_EQ(one->telemetry(5), same->telemetry(5));
    EXPECT_NE(one->telemetry(5), other->telemetry(5));
  }
}

TEST(SimulatedDevice, MovesWithoutJumps) {
  const auto device = make_climate_device("berlin", "climate-01", 3);
  double last = number(*device, "temperature");
  for (int i = 0; i < 1200; ++i) {
    device->advance(0.5);
    const double now = number(*device, "temperature");
    EXPECT_LT(std::abs(now - last), 0.5) << "after " << i << " steps";
    last = now;
  }
}

TEST(SimulatedDevice, StaysInSensibleRangesForADay) {
  for (std::size_t i = 0; i < 12; ++i) {
    const auto device = make_device(i, 42 + i);
    for (int minute = 0; minute < 20; ++minute) {
      run(*device, 60);
      const auto kind = word(*device, "kind");
      if (kind == "climate") {
        EXPECT_NEAR(number(*device, "temperature"), number(*device, "set_point"), 2);
        EXPECT_GE(number(*device, "humidity"), 15);
        EXPECT_LE(number(*device, "humidity"), 90);
      } else if (kind == "machine") {
        EXPECT_NEAR(number(*device, "rpm"), number(*device, "set_point"), 200);
        EXPECT_GE(number(*device, "load"), 0);
        EXPECT_LE(number(*device, "load"), 100);
        EXPECT_GT(number(*device, "vibration"), 0);
      } else {
        EXPECT_GE(number(*device, "power"), 0);
        EXPECT_LE(number(*device, "power"), number(*device, "set_point"));
        EXPECT_NEAR(number(*device, "voltage"), 230, 10);
      }
    }
  }
}

TEST(SimulatedDevice, APauseIsNoJumpIntoNonsense) {
  const auto device = make_meter_device("oslo", "meter-01", 1);
  const double before = number(*device, "energy");
  device->advance(1e9);
  EXPECT_LT(number(*device, "energy") - before, 1);
  device->advance(-5);
  EXPECT_GE(number(*device, "uptime"), 0);
}

TEST(SimulatedDevice, ClimateFollowsItsSetPoint) {
  const auto device = make_climate_device("berlin", "climate-01", 5);
  ASSERT_TRUE(device->command("set-point", R"({"value":28.5})"));
  EXPECT_EQ(number(*device, "set_point"), 28.5);
  run(*device, 120);
  EXPECT_NEAR(number(*device, "temperature"), 28.5, 1.5);
}

TEST(SimulatedDevice, AClimateFanThatIsOffLetsTheRoomDrift) {
  const auto device = make_climate_device("berlin", "climate-01", 5);
  const double before = number(*device, "temperature");
  ASSERT_TRUE(device->command("mode", R"({"value":"off"})"));
  EXPECT_EQ(word(*device, "fan"), "off");
  run(*device, 300);
  EXPECT_LT(number(*device, "temperature"), before - 2);
}

TEST(SimulatedDevice, AMachineStopsAndRuns) {
  const auto device = make_machine_device("turin", "machine-02", 5);
  ASSERT_TRUE(device->command("mode", R"({"value":"stop"})"));
  run(*device, 60);
  EXPECT_EQ(number(*device, "rpm"), 0);
  ASSERT_TRUE(device->command("mode", R"({"value":"run"})"));
  ASSERT_TRUE(device->command("set-point", R"({"args":{"value":2500}})"));
  run(*device, 60);
  EXPECT_NEAR(number(*device, "rpm"), 2500, 120);
}

TEST(SimulatedDevice, AMeterKeepsItsLimitAndStartsCountingAnew) {
  const auto device = make_meter_device("oslo", "meter-03", 5);
  ASSERT_TRUE(device->command("set-point", R"({"value":500})"));
  run(*device, 30);
  EXPECT_LE(number(*device, "power"), 500);
  ASSERT_TRUE(device->command("reset", ""));
  EXPECT_EQ(number(*device, "energy"), 0);
  EXPECT_EQ(number(*device, "uptime"), 0);
  EXPECT_EQ(number(*device, "set_point"), 4000);
}

TEST(SimulatedDevice, RefusesWhatItCannotDoAndStaysAsItIs) {
  for (std::size_t i = 0; i < 3; ++i) {
    const auto device = make_device(i, 9);
    const auto before = device->telemetry(1);
    EXPECT_FALSE(device->command("set-point", R"({"value":1e9})"));
    EXPECT_FALSE(device->command("set-point", R"({"value":-1})"));
    EXPECT_FALSE(device->command("set-point", R"({"value":"warm"})"));
    EXPECT_FALSE(device->command("set-point", "{}"));
    EXPECT_FALSE(device->command("mode", R"({"value":"dance"})"));
    EXPECT_FALSE(device->command("mode", R"({"value":3})"));
    EXPECT_FALSE(device->command("explode", "{}"));
    EXPECT_FALSE(device->command("reset", "not json"));
    EXPECT_EQ(device->telemetry(1), before);
  }
}

}  // namespace
}  // namespace gateway
