// Batches that were given up because each time they were sent the connection ended: kept for
// whoever wants to know why.
//
// A few, the latest: what is in them was dropped and counted as poison when they came here.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bridge/store/database.h"

namespace gateway {

struct QuarantinedBatch {
  std::uint64_t number = 0;
  std::int64_t time = 0;  // it was given up, milliseconds since the Unix epoch
  std::uint64_t samples = 0;
  std::string rule{};
  std::string group{};
  std::string bytes{};  // as it was sent
};

/// The loop's thread. While the store is not usable, nothing is there and nothing is kept.
class Quarantine {
 public:
  static constexpr std::size_t kMaxBatches = 100;
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;

  explicit Quarantine(Database& database) : database_(database) {}

  /// Keeps it, if the store takes it; the earliest make way. Its number is given to it.
  bool add(QuarantinedBatch batch);
  /// Those with a higher number than `after`, in their order, until `take` answers false.
  /// Answers whether all of them could be read.
  bool each(std::uint64_t after, const std::function<bool(const QuarantinedBatch&)>& take) const;
  /// Answers how many batches there were. Errors: those of Database::write(); then they stay.
  webpubsub::Result<std::size_t> purge();

  std::size_t batches() const;
  std::size_t bytes() const;
  std::uint64_t samples() const;
  /// When the earliest was given up; 0 without one.
  std::int64_t oldest() const;

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::size_t bytes = 0;
    std::uint64_t samples = 0;
    std::int64_t time = 0;
  };
  void load() const;
  void forget() const;

  Database& database_;
  // What is on disk, as far as it has to be known; read when it is first asked for.
  mutable bool loaded_ = false;
  mutable std::deque<Entry> entries_{};
  mutable std::size_t bytes_ = 0;
};

}  // namespace gateway
