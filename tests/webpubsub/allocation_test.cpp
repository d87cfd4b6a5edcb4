// The path of every reading stays off the heap. Counted, not timed.

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "counting_heap.h"
#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {
namespace {

template <class Work>
std::size_t count_allocations(Work work) {
  work();  // memory that is kept is taken now
  const std::size_t before = allocations();
  for (int i = 0; i < 100; ++i) work();
  return allocations() - before;
}

constexpr std::string_view kReading =
    R"({"device":"sensor-0042","ts":1763690400123,"data":{"temperature":21.57,"humidity":40.25},)"
    R"("note":"all values are in SI units \u00e4 and quite \"calibrated\"","flags":[true,false,null]})";

TEST(Allocations, CountingSeesBothWays) {
  std::string text;
  EXPECT_EQ(count_allocations([&] { text = std::string(kReading); }), 100U);
  void* memory = nullptr;
  EXPECT_EQ(count_allocations([&] {
              memory = std::realloc(memory, 16);
              ASSERT_NE(memory, nullptr);
            }),
            100U);
  std::free(memory);
}

TEST(Allocations, ValidationNeedsNone) {
  EXPECT_EQ(count_allocations([] { EXPECT_TRUE(is_valid_json(kReading)); }), 0U);
  const std::string deepest = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
  EXPECT_EQ(count_allocations([&] { EXPECT_TRUE(is_valid_json(deepest)); }), 0U);
  const std::string long_string = '"' + std::string(100'000, 'x') + '"';
  EXPECT_EQ(count_allocations([&] { EXPECT_TRUE(is_valid_json(long_string)); }), 0U);
  const std::string hostile(100'000, '[');
  EXPECT_EQ(count_allocations([&] { EXPECT_FALSE(is_valid_json(hostile)); }), 0U);
}

TEST(Allocations, LookingUpMembersNeedsNone) {
  EXPECT_EQ(count_allocations([] {
              constexpr std::string_view kNames[] = {"ts", "data"};
              JsonSlice values[2];
              EXPECT_EQ(scan_json_object(kReading, kNames, values), JsonScan::Found);
            }),
            0U);
}

TEST(Allocations, SendToGroupNeedsNoneOnceItsBufferHasGrown) {
  std::string out;
  for (const auto type : {DataType::Json, DataType::Text, DataType::Binary, DataType::Protobuf}) {
    EXPECT_EQ(count_allocations([&] {
                json_codec().encode_send_to_group("site-7", type, kReading, 4711, true, out);
                protobuf_codec().encode_send_to_group("site-7", type, kReading, 4711, true, out);
              }),
              0U);
  }
}

}  // namespace
}  // namespace webpubsub
