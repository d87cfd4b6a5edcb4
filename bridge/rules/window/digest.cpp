#include "bridge/rules/window/digest.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gateway {

namespace {

constexpr double kCompression = 64;  // centroids that stay after compress(), at most

/// Grows by one over the numbers a centroid may stand for: few at both ends, many in the middle.
double scale(double share) {
  return kCompression / (2 * std::numbers::pi) * std::asin(std::clamp(2 * share - 1, -1.0, 1.0));
}

}  // namespace

void Digest::add(double number) {
  centroids_.push_back({number, 1});
  if (centroids_.size() > kExact) compress();
}

void Digest::merge(const Digest& other) {
  centroids_.insert(centroids_.end(), other.centroids_.begin(), other.centroids_.end());
  if (centroids_.size() > kExact) compress();
}

void Digest::sort() {
  std::sort(centroids_.begin(), centroids_.end(),
            [](const Centroid& a, const Centroid& b) { return a.mean < b.mean; });
}

void Digest::compress() {
  sort();
  double total = 0;
  for (const auto& centroid : centroids_) total += centroid.weight;
  std::size_t last = 0;
  double before = 0;  // numbers left of the centroid at `last`
  for (std::size_t i = 1; i < centroids_.size(); ++i) {
    auto& into = centroids_[last];
    const auto& next = centroids_[i];
    const auto together = into.weight + next.weight;
    if (scale((before + together) / total) - scale(before / total) <= 1) {
      into.mean += (next.mean - into.mean) * next.weight / together;
      into.weight = together;
    } else {
      before += into.weight;
      centroids_[++last] = next;
    }
  }
  centroids_.resize(last + 1);
}

double Digest::quantile(double share) {
  sort();
  double total = 0;
  for (const auto& centroid : centroids_) total += centroid.weight;
  const double wanted = share * (total - 1);  // as an index into all numbers, sorted
  double before = 0;
  double left_at = 0;
  double left = centroids_.front().mean;
  for (const auto& centroid : centroids_) {
    const double at = before + (centroid.weight - 1) / 2;  // its middle
    if (wanted <= at) {
      if (at <= left_at) return centroid.mean;
      return left + (centroid.mean - left) * (wanted - left_at) / (at - left_at);
    }
    before += centroid.weight;
    left_at = at;
    left = centroid.mean;
  }
  return left;
}

}  // namespace gateway
