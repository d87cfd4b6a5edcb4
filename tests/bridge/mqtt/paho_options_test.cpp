#include "bridge/mqtt/paho_options.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

mqtt::connect_options connect_options(const MqttOptions& options) {
  return paho_connect_options(options, {.host = "broker", .port = 1883}, MqttVersion::V5);
}

// The library pings after the interval, gives up 1.5 intervals after that, and sees each of the two
// a tenth of the interval and a second too late at worst. A broker gives up after 1.5 intervals.
TEST(PahoOptions, ASilentBrokerIsGivenUpInTimeAndNoPingIsMissed) {
  for (seconds keep_alive(5); keep_alive < seconds(64'800); keep_alive += seconds(1)) {
    const milliseconds interval =
        connect_options({.client_id = "a", .keep_alive = keep_alive}).get_keep_alive_interval();
    const milliseconds late = interval / 10 + seconds(1);
    EXPECT_LT(interval + late, interval * 3 / 2);
    const auto given_up = interval * 5 / 2 + 2 * late;
    EXPECT_LE(given_up, std::max(milliseconds(keep_alive) * 3 / 2, milliseconds(10'100)));
  }
}

TEST(PahoOptions, TellTheBrokerHowManyMessagesMayBeOnTheirWay) {
  const auto properties =
      connect_options({.client_id = "a", .receive_maximum = 1}).get_properties();
  EXPECT_EQ(mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM), 1);
}

}  // namespace
}  // namespace gateway
