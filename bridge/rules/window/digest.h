// Percentiles of many numbers in little memory: a merging t-digest (Dunning and Ertl, 2019).

#pragma once

#include <cstddef>
#include <vector>

namespace gateway {

/// Exact up to kExact numbers; after that close to it, closest at both ends.
class Digest {
 public:
  static constexpr std::size_t kExact = 128;

  void add(double number);
  void merge(const Digest& other);

  bool empty() const noexcept { return centroids_.empty(); }
  /// The value below which `share` of the numbers are, 0 to 1; there must be some.
  double quantile(double share);

 private:
  struct Centroid {
    double mean = 0;
    double weight = 0;  // how many numbers
  };
  void sort();
  void compress();

  std::vector<Centroid> centroids_{};
};

}  // namespace gateway
