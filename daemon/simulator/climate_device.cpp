// A room's climate: the fan brings it to its set-point, the weather outside pulls it away.

#include <algorithm>
#include <array>
#include <cmath>

#include "daemon/simulator/simulated_device.h"

namespace gateway {

namespace {

constexpr double kCoolest = 5;  // set-points that make sense, degrees Celsius
constexpr double kWarmest = 35;
constexpr double kStandard = 21;

struct FanMode {
  std::string_view name;
  double strength;  // share of the way to the set-point in a second
};
constexpr std::array<FanMode, 4> kFanModes = {
    {{"off", 0}, {"low", 0.03}, {"auto", 0.07}, {"high", 0.15}}};
constexpr FanMode kAuto = kFanModes[2];
constexpr double kLeak = 0.002;  // share of the way to the outside in a second

class ClimateDevice final : public SimulatedDevice {
 public:
  ClimateDevice(std::string site, std::string name, std::uint64_t seed)
      : SimulatedDevice(std::move(site), std::move(name), seed) {
    set_point_ = kStandard + std::floor(between(-2, 3) * 2) / 2;
    temperature_ = set_point_ + between(-2.5, 1.5);
    usual_humidity_ = between(38, 52);
    humidity_ = usual_humidity_;
    outside_ = between(4, 12);
  }

 private:
  void move(double seconds) override {
    const double outside = outside_ + 5 * day_wave();
    const double total = fan_.strength + kLeak;
    const double target = (fan_.strength * set_point_ + kLeak * outside) / total;
    temperature_ = approach(temperature_, target, seconds, 1 / total) + noise(0.025);
    // Warmer air holds more water, so the same water is less humidity.
    const double humidity = usual_humidity_ - 1.2 * (temperature_ - kStandard) - 3 * day_wave();
    humidity_ = std::clamp(approach(humidity_, humidity, seconds, 12) + noise(0.12), 15.0, 90.0);
  }

  void append_readings(std::string& json) const override {
    append_word(json, "kind", "climate");
    append_number(json, "temperature", temperature_, 2);
    append_number(json, "humidity", humidity_, 1);
    append_number(json, "set_point", set_point_, 1);
    append_word(json, "fan", fan_.name);
  }

  bool set_point(double value) override {
    if (value < kCoolest || value > kWarmest) return false;
    set_point_ = value;
    return true;
  }

  bool set_mode(std::string_view mode) override {
    const auto* found = std::find_if(kFanModes.begin(), kFanModes.end(),
                                     [&](const FanMode& each) { return each.name == mode; });
    if (found == kFanModes.end()) return false;
    fan_ = *found;
    return true;
  }

  void reset() override {
    set_point_ = kStandard;
    fan_ = kAuto;
  }

  double temperature_ = 0;
  double humidity_ = 0;
  double usual_humidity_ = 0;
  double outside_ = 0;
  double set_point_ = kStandard;
  FanMode fan_ = kAuto;
};

}  // namespace

std::unique_ptr<SimulatedDevice> make_climate_device(std::string site, std::string name,
                                                     std::uint64_t seed) {
  return std::make_unique<ClimateDevice>(std::move(site), std::move(name), seed);
}

}  // namespace gateway
