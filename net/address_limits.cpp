#include "net/address_limits.h"

#include <algorithm>
#include <unordered_map>

#include <arpa/inet.h>

#include "base/token_bucket.h"

namespace webpubsub::net {

namespace {

// Remembered at most. More than this many at a time share one place, and what it may take.
constexpr std::size_t kMaxAddresses = 16'384;
constexpr std::chrono::seconds kSweepInterval{2};
constexpr double kBurstSeconds = 2;

}  // namespace

struct AddressLimits::Entry {
  std::size_t connections = 0;
  TokenBucket requests;
};

struct AddressLimits::Table {
  std::unordered_map<std::string, Entry> entries{};
  TimePoint swept_at{};
};

AddressLimits::AddressLimits(const AddressLimitOptions& options)
    : options_(options), table_(std::make_shared<Table>()) {}

AddressLimits::Place& AddressLimits::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  table_ = std::move(other.table_);
  entry_ = std::exchange(other.entry_, nullptr);
  return *this;
}

void AddressLimits::Place::give_back() noexcept {
  if (entry_ != nullptr) --entry_->connections;
  entry_ = nullptr;
  table_.reset();
}

std::optional<AddressLimits::Place> AddressLimits::admit(std::string_view address, TimePoint now) {
  Place place;
  if (options_.max_connections == 0 && options_.requests_per_second == 0) return place;
  // What an address has left is forgotten only when it would have all of it again.
  if (now - table_->swept_at >= kSweepInterval) {
    table_->swept_at = now;
    std::erase_if(table_->entries, [now](const auto& known) {
      return known.second.connections == 0 && known.second.requests.is_full(now);
    });
  }
  std::string network = limited_network(address);
  if (table_->entries.size() >= kMaxAddresses && !table_->entries.contains(network))
    network.clear();
  const auto rate = static_cast<double>(options_.requests_per_second);
  const TokenBucket fresh(rate, kBurstSeconds * rate, now);
  Entry& entry = table_->entries.try_emplace(std::move(network), Entry{0, fresh}).first->second;
  if (options_.max_connections != 0 && entry.connections >= options_.max_connections) {
    return std::nullopt;
  }
  ++entry.connections;
  place.table_ = table_;
  place.entry_ = &entry;
  return place;
}

bool AddressLimits::allows_request(const Place& place, TimePoint now) {
  if (place.entry_ == nullptr || options_.requests_per_second == 0) return true;
  return place.entry_->requests.take(now);
}

std::size_t AddressLimits::size() const noexcept { return table_->entries.size(); }

std::string limited_network(std::string_view address) {
  if (address.starts_with('[')) address = address.substr(1, address.find(']') - 1);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, std::string(address).c_str(), &v6) != 1) return std::string(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof(text));
    return text;
  }
  std::fill(v6.s6_addr + 8, v6.s6_addr + 16, std::uint8_t{0});
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, &v6, text, sizeof(text));
  return std::string(text) + "/64";
}

}  // namespace webpubsub::net
