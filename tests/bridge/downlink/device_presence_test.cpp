#include "bridge/downlink/device_presence.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

class DevicePresenceTest : public testing::Test {
 protected:
  DevicePresence devices() {
    PresenceOptions options{.device_timeout = 60s};
    options.device_gone.push_back(
        {.topic = TopicPattern::parse("devices/{device}/status").value(), .payload = "offline"});
    options.device_gone.push_back(
        {.topic = TopicPattern::parse("spBv1.0/+/DDEATH/+/{device}").value()});
    return DevicePresence(std::move(options), "edge-01",
                          [this](std::string message) { told_.push_back(std::move(message)); });
  }
  static std::string status(const std::string& device, const std::string& state, int heard = 0) {
    return R"({"type":"device-status","v":1,"gateway":"edge-01","device":")" + device +
           R"(","state":")" + state + R"(","heard_s_ago":)" + std::to_string(heard) + "}";
  }

  std::vector<std::string> told_{};
  const TimePoint start_ = TimePoint(1h);
};

TEST_F(DevicePresenceTest, TellsEachChangeOnce) {
  auto devices = this->devices();
  for (int i = 0; i < 10; ++i) devices.seen("d1", start_ + i * 1s, start_ + i * 1s);
  EXPECT_EQ(devices.look(start_ + 10s), start_ + 69s);
  EXPECT_EQ(told_, std::vector<std::string>{status("d1", "online")});
  EXPECT_EQ(devices.look(start_ + 69s), start_ + 609s);
  EXPECT_EQ(devices.look(start_ + 80s), start_ + 609s);
  devices.seen("d1", start_ + 81s, start_ + 81s);
  EXPECT_EQ(told_, (std::vector<std::string>{status("d1", "online"), status("d1", "silent", 60),
                                             status("d1", "online")}));
  EXPECT_EQ(devices.look(start_ + 2000s), TimePoint::max());
  EXPECT_EQ(told_.back(), status("d1", "gone", 1919));
  EXPECT_EQ(devices.counters().online + devices.counters().silent + devices.counters().gone, 0U);
}

TEST_F(DevicePresenceTest, WhatWaitedForLongSaysNothingOfItsDevice) {
  auto devices = this->devices();
  devices.seen("dead", start_, start_ + 60s);
  EXPECT_TRUE(told_.empty());
  devices.seen("d1", start_ + 50s, start_ + 60s);
  devices.seen("d2", start_ + 45s, start_ + 60s);
  EXPECT_EQ(devices.look(start_ + 60s), start_ + 105s) << "the one that was heard first";
  EXPECT_EQ(devices.look(start_ + 107s), start_ + 110s);
  EXPECT_EQ(told_.back(), status("d2", "silent", 62));
  devices.seen("d2", start_ + 48s, start_ + 107s);
  EXPECT_EQ(told_.back(), status("d2", "online", 59));
  // A will is believed, whatever of its device is on its way.
  devices.seen("d3", start_ + 200s, start_ + 200s);
  EXPECT_TRUE(devices.take("devices/d3/status", "offline", start_ + 201s));
  devices.seen("d3", start_ + 199s, start_ + 202s);
  devices.seen("d3", start_ + 200s, start_ + 202s);
  EXPECT_EQ(told_.back(), status("d3", "gone", 1));
}

TEST_F(DevicePresenceTest, BelievesLastWillsAndSparkplugsDeaths) {
  auto devices = this->devices();
  devices.seen("d1", start_, start_);
  EXPECT_FALSE(devices.take("devices/d1/status", "online", start_));
  EXPECT_TRUE(devices.take("devices/d1/status", "offline", start_ + 1s));
  EXPECT_TRUE(devices.take("devices/d1/status", "offline", start_ + 2s));
  EXPECT_TRUE(devices.take("spBv1.0/plant/DDEATH/edge/d2", "\x08\x01", start_));
  EXPECT_FALSE(devices.take("spBv1.0/plant/DDATA/edge/d2", "", start_));
  EXPECT_EQ(told_, (std::vector<std::string>{status("d1", "online"), status("d1", "gone", 1),
                                             status("d2", "gone")}));
  EXPECT_EQ(devices.counters().gone, 2U);
  devices.seen("d1", start_ + 3s, start_ + 3s);
  EXPECT_EQ(told_.back(), status("d1", "online"));
  EXPECT_EQ(devices.filters().size(), 2U);
}

TEST_F(DevicePresenceTest, ListsAllOfThem) {
  auto devices = this->devices();
  for (int i = 0; i < 3000; ++i)
    devices.seen("device-" + std::to_string(i), start_ + i * 100ms, start_ + i * 100ms);
  told_.clear();
  devices.list(start_ + 300s);
  EXPECT_GE(told_.size(), 2U);
  std::size_t count = 0;
  for (const auto& message : told_) {
    EXPECT_LT(message.size(), 70'000U);
    rapidjson::Document document;
    document.Parse(message.data(), message.size());
    ASSERT_FALSE(document.HasParseError());
    EXPECT_STREQ(document["type"].GetString(), "device-list");
    count += document["devices"].Size();
  }
  EXPECT_EQ(count, 3000U);
}

TEST_F(DevicePresenceTest, IsBoundedInDevicesAndMessages) {
  auto devices = this->devices();
  for (int i = 0; i < 50'000; ++i) devices.seen("device-" + std::to_string(i), start_, start_);
  const auto& counters = devices.counters();
  EXPECT_EQ(counters.online, DevicePresence::kMaxDevices);
  EXPECT_EQ(counters.forgotten, 40'000U);
  EXPECT_EQ(told_.size(), 50U);
  EXPECT_EQ(counters.untold, 49'950U);
  devices.seen(std::string(257, 'x'), start_, start_);
  EXPECT_EQ(counters.online, DevicePresence::kMaxDevices);
}

}  // namespace
}  // namespace gateway
