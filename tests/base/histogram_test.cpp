#include "base/histogram.h"

#include <array>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using namespace std::chrono_literals;

constexpr std::array<double, 3> kBounds{1, 10, 100};

std::vector<std::uint64_t> counts(const Histogram& histogram) {
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) result.push_back(histogram.count(i));
  return result;
}

TEST(Histogram, StartsWithNothing) {
  const Histogram histogram(kBounds);
  EXPECT_THAT(counts(histogram), testing::ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.sum(), 0);
}

TEST(Histogram, ABoundBelongsToTheBucketBelowIt) {
  Histogram histogram(kBounds);
  for (const double value : {0.0, 1.0, 1.5, 10.0, 100.0, 100.5, 1e9}) histogram.observe(value);
  EXPECT_THAT(counts(histogram), testing::ElementsAre(2, 2, 1, 2));
  EXPECT_EQ(histogram.count(), 7U);
  EXPECT_EQ(histogram.sum(), 213 + 1e9);
}

TEST(Histogram, CountsTimesInSeconds) {
  Histogram histogram(kBounds);
  histogram.observe(2500ms);
  histogram.observe(-3s);
  EXPECT_THAT(counts(histogram), testing::ElementsAre(1, 1, 0, 0));
  EXPECT_EQ(histogram.sum(), 2.5) << "a clock that went back is no time";
}

TEST(Histogram, KeepsToTheBucketsItHasRoomFor) {
  std::vector<double> many(40);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  Histogram histogram(many);
  histogram.observe(1000.0);
  EXPECT_EQ(histogram.bounds().size(), Histogram::kMaxBounds);
  EXPECT_EQ(histogram.count(Histogram::kMaxBounds), 1U);
}

}  // namespace
}  // namespace webpubsub
