// What commands and last values leave in the store, to be there after a restart.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bridge/downlink/last_values.h"
#include "bridge/downlink/recent_ids.h"
#include "bridge/store/state.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread, like all here. `state` must outlive it.
class KeptIds final : public IdStore {
 public:
  explicit KeptIds(State& state) : state_(state) {}
  std::vector<Entry> load() override;
  void put(const Entry& entry) override;
  void remove(const std::string& key) override;

 private:
  State& state_;
};

/// Last values change all the time and flash wears out, so each is written once a minute at most.
class KeptValues {
 public:
  /// `values` must outlive this, too.
  KeptValues(webpubsub::net::EventLoop& loop, State& state, LastValues& values);

  /// Puts what was kept into the values, beside those that are there, and keeps them from now on.
  void load();
  void forget(const std::string& key);
  /// Writes all that has changed.
  void save_all();

 private:
  void save_some();
  bool save(std::size_t most);

  State& state_;
  LastValues& values_;
  webpubsub::net::Timer timer_;
  std::uint64_t saved_ = 0;  // number of the value up to which the present round has come
  unsigned pause_ = 0;       // seconds until the next round
};

/// As it stands in the store.
std::string stored_text(const LastValue& value);
/// False when `text` is none.
bool read_stored(std::string_view text, LastValue& value);

}  // namespace gateway
