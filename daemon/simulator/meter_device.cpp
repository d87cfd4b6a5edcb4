// An electricity meter: consumers come and go, the limit caps them, voltage gives way under load,
// energy adds up.

#include <algorithm>
#include <array>
#include <cmath>

#include "daemon/simulator/simulated_device.h"

namespace gateway {

namespace {

constexpr double kLowestLimit = 100;  // watts
constexpr double kHighestLimit = 10'000;
constexpr double kStandard = 4000;

struct Mode {
  std::string_view name;
  double factor;  // of the demand
};
constexpr std::array<Mode, 3> kModes = {{{"eco", 0.55}, {"normal", 1}, {"boost", 1.5}}};
constexpr Mode kNormal = kModes[1];

class MeterDevice final : public SimulatedDevice {
 public:
  MeterDevice(std::string site, std::string name, std::uint64_t seed)
      : SimulatedDevice(std::move(site), std::move(name), seed) {
    base_ = between(500, 1800);
    power_ = base_;
    voltage_ = between(229, 234);
    energy_ = between(20, 900);
    next_change_ = between(2, 15);
  }

 private:
  void move(double seconds) override {
    next_change_ -= seconds;
    if (next_change_ <= 0) {
      consumers_ = between(0, 1) < 0.45 ? 0 : between(300, 1900);
      next_change_ = between(6, 22);
    }
    const double demand = (base_ * (1 + 0.35 * day_wave()) + consumers_) * mode_.factor;
    power_ = approach(power_, std::min(demand, limit_), seconds, 1.6) * (1 + noise(0.004));
    power_ = std::clamp(power_, 0.0, limit_);
    voltage_ = approach(voltage_, 233 - power_ / 900, seconds, 3) + noise(0.08);
    energy_ += power_ * seconds / 3.6e6;
  }

  void append_readings(std::string& json) const override {
    append_word(json, "kind", "meter");
    append_number(json, "power", power_, 0);
    append_number(json, "voltage", voltage_, 1);
    append_number(json, "energy", energy_, 4);
    append_number(json, "set_point", limit_, 0);
    append_word(json, "mode", mode_.name);
  }

  bool set_point(double value) override {
    if (value < kLowestLimit || value > kHighestLimit) return false;
    limit_ = std::round(value);
    return true;
  }

  bool set_mode(std::string_view mode) override {
    const auto* found = std::find_if(kModes.begin(), kModes.end(),
                                     [&](const Mode& each) { return each.name == mode; });
    if (found == kModes.end()) return false;
    mode_ = *found;
    return true;
  }

  void reset() override {
    limit_ = kStandard;
    mode_ = kNormal;
    energy_ = 0;
  }

  double base_ = 0;
  double consumers_ = 0;
  double next_change_ = 0;  // seconds
  double power_ = 0;
  double voltage_ = 230;
  double energy_ = 0;  // kWh
  double limit_ = kStandard;
  Mode mode_ = kNormal;
};

}  // namespace

std::unique_ptr<SimulatedDevice> make_meter_device(std::string site, std::string name,
                                                   std::uint64_t seed) {
  return std::make_unique<MeterDevice>(std::move(site), std::move(name), seed);
}

}  // namespace gateway
