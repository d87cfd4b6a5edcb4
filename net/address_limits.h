// What one address may take of a server: connections at a time, requests a second.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace webpubsub::net {

struct AddressLimitOptions {
  std::size_t max_connections = 0;      // at a time; 0: no limit
  std::size_t requests_per_second = 0;  // on average, twice as many at once; 0: no limit
};

/// The addresses there are connections of, and those that were here a moment ago. Of IPv6 the first
/// 64 bits count: the rest is the client's own to choose.
class AddressLimits {
  struct Entry;
  struct Table;

 public:
  explicit AddressLimits(const AddressLimitOptions& options);

  /// One connection's place, given back with it. May outlive the limits.
  class Place {
   public:
    Place() = default;
    ~Place() { give_back(); }
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class AddressLimits;
    void give_back() noexcept;
    std::shared_ptr<Table> table_{};
    Entry* entry_ = nullptr;
  };

  /// A place for a connection from `address`, such as "192.0.2.1" or "[2001:db8::1]"; nothing when
  /// it has as many as it may.
  std::optional<Place> admit(std::string_view address, TimePoint now);
  /// Whether that connection may make a request now.
  bool allows_request(const Place& place, TimePoint now);

  /// Addresses that are remembered.
  std::size_t size() const noexcept;

 private:
  AddressLimitOptions options_;
  std::shared_ptr<Table> table_;
};

/// "192.0.2.1", "2001:db8:0:1::/64": what an address counts as.
std::string limited_network(std::string_view address);

}  // namespace webpubsub::net
