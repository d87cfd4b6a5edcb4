// A device that exists only as numbers: it moves as a real one would, and obeys commands.
//
// No clock and no thread: time enters as an argument, and a seed decides everything else.

#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace gateway {

/// Seconds of a simulated day, so that its wave is seen within minutes.
inline constexpr double kDaySeconds = 600;

class SimulatedDevice {
 public:
  virtual ~SimulatedDevice() = default;
  SimulatedDevice(const SimulatedDevice&) = delete;
  SimulatedDevice& operator=(const SimulatedDevice&) = delete;

  const std::string& site() const noexcept { return site_; }
  const std::string& name() const noexcept { return name_; }

  /// Lets `seconds` pass, at most a minute's worth of movement.
  void advance(double seconds);

  /// What it reports: {"ts":...,"kind":"climate",...,"uptime":12}. `unix_ms` is the time told.
  std::string telemetry(std::int64_t unix_ms) const;

  /// Obeys the command `name`: "set-point" and "mode" with {"value":...}, "reset" with anything.
  /// `payload` is that object, or a message that carries it as its member "args".
  /// False for what it does not know or cannot take; then nothing changes.
  bool command(std::string_view name, std::string_view payload);

 protected:
  SimulatedDevice(std::string site, std::string name, std::uint64_t seed);

  virtual void move(double seconds) = 0;
  virtual void append_readings(std::string& json) const = 0;
  virtual bool set_point(double value) = 0;
  virtual bool set_mode(std::string_view mode) = 0;
  virtual void reset() = 0;

  double noise(double deviation);  ///< Normally distributed around 0.
  double between(double low, double high);
  double day_wave() const;  ///< From -1 at night to 1 in the afternoon; each device a little apart.

 private:
  const std::string site_;
  const std::string name_;
  std::mt19937_64 random_;
  double day_offset_;
  double elapsed_ = 0;
  double uptime_ = 0;
};

std::unique_ptr<SimulatedDevice> make_climate_device(std::string site, std::string name,
                                                     std::uint64_t seed);
std::unique_ptr<SimulatedDevice> make_machine_device(std::string site, std::string name,
                                                     std::uint64_t seed);
std::unique_ptr<SimulatedDevice> make_meter_device(std::string site, std::string name,
                                                   std::uint64_t seed);

/// The device number `index` of a simulation: kinds and sites take turns, names are unique.
std::unique_ptr<SimulatedDevice> make_device(std::size_t index, std::uint64_t seed);

/// What goes from `value` towards `target` in `seconds`, 63 % of the way in each `time_constant`.
double approach(double value, double target, double seconds, double time_constant);

/// Appends ,"name":value with `digits` decimals.
void append_number(std::string& json, std::string_view name, double value, int digits);
/// Appends ,"name":"word"; `word` needs no escapes.
void append_word(std::string& json, std::string_view name, std::string_view word);

}  // namespace gateway
