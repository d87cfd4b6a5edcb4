// What is known of Sparkplug edge nodes: the names behind aliases, and who is alive.

#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace gateway {

class SparkplugNode {
 public:
  static constexpr std::size_t kMaxAliases = 20'000;
  static constexpr std::size_t kMaxDevices = 2'000;

  struct Metric {
    std::string name{};
    std::uint32_t datatype = 0;
  };

  /// A birth of the node: forgets what was before.
  void begin(std::optional<std::uint64_t> birth_number);
  /// Ends it; devices die with it.
  void end();
  /// Whether a death with this number is meant for what lives now, and not for an earlier session.
  bool dies_of(std::optional<std::uint64_t> birth_number) const;

  /// Whether `sequence` follows the one before; it counts as the latest either way.
  bool follows(std::uint64_t sequence);

  bool is_alive() const noexcept { return alive_; }
  bool has_device(std::string_view device) const { return devices_.contains(device); }
  void add_device(std::string_view device);
  void remove_device(std::string_view device);
  const std::set<std::string, std::less<>>& devices() const noexcept { return devices_; }

  void define(std::uint64_t alias, std::string_view name, std::uint32_t datatype);
  /// nullptr for one that no birth spoke of.
  const Metric* find(std::uint64_t alias) const;
  /// The type a birth gave a metric that comes by its name; 0: unknown.
  std::uint32_t type_of(std::string_view device, std::string_view name) const;
  void set_type(std::string_view device, std::string_view name, std::uint32_t datatype);

  std::size_t metrics() const noexcept { return aliases_.size() + types_.size(); }

  /// Whether a rebirth may be asked for: not again within kRebirthPause.
  bool may_ask(webpubsub::TimePoint now);

 private:
  bool alive_ = false;
  std::optional<std::uint64_t> birth_number_{};
  std::optional<std::uint64_t> sequence_{};
  std::unordered_map<std::uint64_t, Metric> aliases_{};
  std::unordered_map<std::string, std::uint32_t> types_{};  // by device and name
  std::set<std::string, std::less<>> devices_{};
  std::optional<webpubsub::TimePoint> asked_{};
};

class SparkplugNodes {
 public:
  /// More than this push out the one unheard of for longest.
  static constexpr std::size_t kMaxNodes = 500;
  static constexpr std::size_t kMaxMetrics = 200'000;  // of all nodes, the latest aside

  /// The node of that name, a new one if it is unknown. Valid until the next call.
  SparkplugNode& find(std::string_view group, std::string_view node);
  /// After a birth: makes room by forgetting other nodes.
  void trim();

 private:
  void forget_last();

  using Entry = std::pair<std::string, SparkplugNode>;
  std::list<Entry> nodes_{};  // heard of latest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_{};
};

}  // namespace gateway
