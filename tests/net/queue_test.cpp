#include <cstring>
#include <deque>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "net/byte_queue.h"
#include "net/ring.h"

namespace webpubsub::net {
namespace {

TEST(ByteQueue, GivesBackWhatWentIn) {
  ByteQueue queue;
  std::string expected;
  unsigned seed = 1;
  const auto next = [&seed](unsigned bound) {
    seed = seed * 1'103'515'245U + 12'345U;
    return seed / 65'536U % bound;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string piece(next(300), static_cast<char>('a' + round % 26));
    if (!piece.empty()) std::memcpy(queue.append(piece.size()), piece.data(), piece.size());
    expected += piece;
    const std::size_t count = std::min<std::size_t>(next(310), queue.size());
    ASSERT_EQ(std::memcmp(queue.data(), expected.data(), count), 0);
    queue.consume(count);
    expected.erase(0, count);
    ASSERT_EQ(queue.size(), expected.size());
  }
  queue.clear();
  EXPECT_TRUE(queue.empty());
}

TEST(Ring, KeepsOrderAcrossItsEnds) {
  Ring<std::shared_ptr<int>> ring;
  std::deque<int> expected;
  int next = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < round % 7; ++i) {
      ring.push(std::make_shared<int>(next));
      expected.push_back(next++);
    }
    for (int i = 0; i < round % 5 && !ring.empty(); ++i) {
      EXPECT_EQ(*ring.front(), expected.front());
      ring.pop();
      expected.pop_front();
    }
    ASSERT_EQ(ring.size(), expected.size());
    for (std::size_t i = 0; i < ring.size(); ++i) ASSERT_EQ(*ring[i], expected[i]);
  }
  ring.clear();
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, LetsGoOfWhatWasTaken) {
  Ring<std::shared_ptr<int>> ring;
  const auto value = std::make_shared<int>(1);
  ring.push(value);
  ring.pop();
  EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace webpubsub::net
