#include "daemon/simulator/simulated_device.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "daemon/simulator/command_arguments.h"

namespace gateway {

namespace {

constexpr double kLongestStep = 60;  // seconds; a machine that slept goes on, it does not jump

constexpr std::array<std::string_view, 4> kSites = {"berlin", "lisbon", "oslo", "turin"};

struct Kind {
  std::string_view name;
  std::unique_ptr<SimulatedDevice> (*make)(std::string, std::string, std::uint64_t);
};
constexpr std::array<Kind, 3> kKinds = {{{"climate", make_climate_device},
                                         {"machine", make_machine_device},
                                         {"meter", make_meter_device}}};

}  // namespace

SimulatedDevice::SimulatedDevice(std::string site, std::string name, std::uint64_t seed)
    : site_(std::move(site)),
      name_(std::move(name)),
      random_(seed),
      day_offset_(between(-0.1, 0.1) + 0.25) {}

void SimulatedDevice::advance(double seconds) {
  const double step = std::clamp(seconds, 0.0, kLongestStep);
  elapsed_ += step;
  uptime_ += step;
  move(step);
}

std::string SimulatedDevice::telemetry(std::int64_t unix_ms) const {
  std::string json = "{\"ts\":" + std::to_string(unix_ms);
  append_readings(json);
  append_number(json, "uptime", std::floor(uptime_), 0);
  json += '}';
  return json;
}

bool SimulatedDevice::command(std::string_view name, std::string_view payload) {
  const auto arguments = parse_command_arguments(payload);
  if (!arguments) return false;
  if (name == "set-point") return arguments->number && set_point(*arguments->number);
  if (name == "mode") return arguments->word && set_mode(*arguments->word);
  if (name != "reset") return false;
  reset();
  uptime_ = 0;
  return true;
}

double SimulatedDevice::noise(double deviation) {
  return std::normal_distribution<double>(0, deviation)(random_);
}

double SimulatedDevice::between(double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random_);
}

double SimulatedDevice::day_wave() const {
  return std::sin(2 * std::numbers::pi * (elapsed_ / kDaySeconds + day_offset_));
}

std::unique_ptr<SimulatedDevice> make_device(std::size_t index, std::uint64_t seed) {
  const Kind& kind = kKinds[index % kKinds.size()];
  std::string number = std::to_string(index + 1);
  if (number.size() < 2) number.insert(0, "0");
  // Neighbouring seeds give unrelated devices only after some mixing (splitmix64's constant).
  const std::uint64_t own_seed = (seed + index + 1) * 0x9E3779B97F4A7C15U;
  return kind.make(std::string(kSites[index % kSites.size()]),
                   std::string(kind.name) + "-" + number, own_seed);
}

double approach(double value, double target, double seconds, double time_constant) {
  return target + (value - target) * std::exp(-seconds / time_constant);
}

void append_number(std::string& json, std::string_view name, double value, int digits) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  json.append(",\"").append(name).append("\":");
  json.append(text.data(), static_cast<std::size_t>(std::clamp(size, 0, 63)));
}

void append_word(std::string& json, std::string_view name, std::string_view word) {
  json.append(",\"").append(name).append("\":\"").append(word).append("\"");
}

}  // namespace gateway
