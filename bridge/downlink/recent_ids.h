// The ids of commands that were carried out, so that none is carried out twice.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace gateway {

/// Where ids stay over a restart. Keys are unique; times are Unix times in milliseconds.
class IdStore {
 public:
  virtual ~IdStore() = default;
  struct Entry {
    std::string key{};
    std::int64_t until = 0;
  };
  virtual std::vector<Entry> load() = 0;
  virtual void put(const Entry& entry) = 0;
  virtual void remove(const std::string& key) = 0;
};

/// Used on the loop's thread. Bounded: the id that would be forgotten next makes room.
class RecentIds {
 public:
  explicit RecentIds(std::size_t max = 100'000) : max_(max) {}

  /// Times enter as both clocks have them: the steady one says how long an id is known, and the
  /// other one stands in the store only, so that a clock that is set does not forget.
  struct Now {
    webpubsub::TimePoint steady{};
    webpubsub::WallTime wall{};
  };

  /// From now on ids are kept in `store`, which must outlive this, and those it has are known. Once
  /// more when it can be read at last: what is known by then is put into it.
  void use(IdStore& store, const Now& now);

  /// Takes note of the command `id` of `rule`. False when it is known: it must not be carried out.
  [[nodiscard]] bool add(std::string_view rule, std::string_view id,
                         std::chrono::milliseconds remember, const Now& now);
  /// It was not carried out after all, and may be tried again.
  void remove(std::string_view rule, std::string_view id);

  std::size_t size() const noexcept { return places_.size(); }
  std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  struct Entry {
    std::string key{};
    webpubsub::TimePoint until{};
  };
  using Entries = std::list<Entry>;  // by time, the first is forgotten first
  void insert(Entry entry);
  void erase(Entries::iterator entry);
  void forget_old(webpubsub::TimePoint now);

  const std::size_t max_;
  IdStore* store_ = nullptr;
  Entries entries_{};
  std::unordered_map<std::string_view, Entries::iterator> places_{};  // keys stand in entries_
  std::uint64_t forgotten_ = 0;
};

}  // namespace gateway
