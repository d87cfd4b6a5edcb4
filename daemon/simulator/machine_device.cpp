// A machine with a spindle: it speeds up and slows down with some inertia, shakes more the faster
// it turns, most of all near its resonance, and works on pieces that load it.

#include <algorithm>
#include <cmath>

#include "daemon/simulator/simulated_device.h"

namespace gateway {

namespace {

constexpr double kFastest = 3000;  // rpm
constexpr double kIdleSpeed = 400;
constexpr double kStandard = 1500;
constexpr double kResonance = 1850;

class MachineDevice final : public SimulatedDevice {
 public:
  MachineDevice(std::string site, std::string name, std::uint64_t seed)
      : SimulatedDevice(std::move(site), std::move(name), seed) {
    set_point_ = std::round(between(18, 46)) * 50;
    rpm_ = set_point_ * between(0.85, 1);
    balance_ = between(0.6, 1.5);
    load_ = between(30, 70);
    next_piece_ = between(4, 20);
    piece_load_ = load_;
  }

 private:
  double wanted_speed() const {
    if (state_ == "stop") return 0;
    return state_ == "idle" ? std::min(kIdleSpeed, set_point_) : set_point_;
  }

  void move(double seconds) override {
    next_piece_ -= seconds;
    if (next_piece_ <= 0) {
      piece_load_ = between(25, 92);
      next_piece_ = between(8, 25);
    }
    // A heavy piece costs some speed.
    const double speed = wanted_speed() * (1 - 0.0004 * load_);
    rpm_ = approach(rpm_, speed, seconds, speed < rpm_ ? 3.5 : 2.5);
    if (rpm_ < 5) rpm_ = 0;
    jitter_ = rpm_ > 0 ? noise(4) : 0;
    const double share = rpm_ / kFastest;
    const double load = state_ == "run" ? piece_load_ * (0.4 + 0.6 * share) : 4 * share;
    load_ = std::clamp(approach(load_, load, seconds, 2.5) + noise(0.4), 0.0, 100.0);
    const double off = (rpm_ - kResonance) / 160;
    vibration_ = 0.05 + balance_ * (2.6 * share * share + 1.1 * std::exp(-off * off)) +
                 std::abs(noise(0.04 + 0.1 * share));
  }

  void append_readings(std::string& json) const override {
    append_word(json, "kind", "machine");
    append_number(json, "rpm", std::max(0.0, rpm_ + jitter_), 0);
    append_number(json, "vibration", vibration_, 2);
    append_number(json, "load", load_, 1);
    append_number(json, "set_point", set_point_, 0);
    append_word(json, "state", state_);
  }

  bool set_point(double value) override {
    if (value < 0 || value > kFastest) return false;
    set_point_ = std::round(value);
    return true;
  }

  bool set_mode(std::string_view mode) override {
    if (mode != "stop" && mode != "idle" && mode != "run") return false;
    state_ = mode;
    return true;
  }

  void reset() override {
    set_point_ = kStandard;
    state_ = "run";
  }

  double rpm_ = 0;
  double jitter_ = 0;
  double vibration_ = 0;
  double load_ = 0;
  double piece_load_ = 0;
  double next_piece_ = 0;  // seconds
  double balance_ = 1;
  double set_point_ = kStandard;
  std::string state_ = "run";
};

}  // namespace

std::unique_ptr<SimulatedDevice> make_machine_device(std::string site, std::string name,
                                                     std::uint64_t seed) {
  return std::make_unique<MachineDevice>(std::move(site), std::move(name), seed);
}

}  // namespace gateway
