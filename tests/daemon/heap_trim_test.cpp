#include "daemon/heap_trim.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/resident.h"

namespace gateway {
namespace {

constexpr std::size_t kMuch = 64 * 1024 * 1024;

/// Many small pieces, all used.
std::vector<std::unique_ptr<char[]>> fill() {
  constexpr std::size_t kPiece = 1'000;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kMuch / kPiece; ++i) {
    pieces.push_back(std::make_unique<char[]>(kPiece));
  }
  return pieces;
}

TEST(HeapTrim, GivesBackWhatLiesIdle) {
  HeapTrim trim;
  EXPECT_FALSE(trim.look());
  const auto before = support::resident();
  auto pieces = fill();
  const auto last = std::move(pieces.back());  // nothing below it goes by itself
  EXPECT_FALSE(trim.look());
  pieces.clear();
  EXPECT_FALSE(trim.look());  // it may be needed again at once
  ASSERT_GT(support::resident(), before + kMuch / 2);
  EXPECT_TRUE(trim.look());
  EXPECT_LT(support::resident(), before + kMuch / 4);
  // The same is not given back again and again.
  EXPECT_FALSE(trim.look());
  EXPECT_FALSE(trim.look());
  pieces = fill();
  EXPECT_FALSE(trim.look());
  pieces.clear();
  trim.look();
  EXPECT_TRUE(trim.look());
}

}  // namespace
}  // namespace gateway
