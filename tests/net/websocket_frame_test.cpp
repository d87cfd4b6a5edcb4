#include "net/websocket_frame.h"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace webpubsub::net {
namespace {

std::string text_of(const unsigned char* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

TEST(Frame, HeadersTakeTheShortestForm) {
  unsigned char bytes[kMaxFrameHeader];
  write_frame_header(bytes, Opcode::Text, 125);
  EXPECT_EQ(text_of(bytes, frame_header_size(125)), "\x81\x7D");
  write_frame_header(bytes, Opcode::Binary, 126);
  EXPECT_EQ(text_of(bytes, frame_header_size(126)), std::string("\x82\x7E\x00\x7E", 4));
  write_frame_header(bytes, Opcode::Binary, 65'535);
  EXPECT_EQ(text_of(bytes, frame_header_size(65'535)), "\x82\x7E\xFF\xFF");
  write_frame_header(bytes, Opcode::Binary, 65'536);
  EXPECT_EQ(text_of(bytes, frame_header_size(65'536)),
            std::string("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(Frame, HeadersAreReadOnceTheyAreWhole) {
  const std::string bytes("\x82\xFF\0\0\0\0\0\x01\0\x02mask", 14);
  FrameHeader header;
  std::optional<FrameFault> fault;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_frame_header(std::string_view(bytes).substr(0, size), header, fault));
    EXPECT_FALSE(fault);
  }
  ASSERT_TRUE(read_frame_header(bytes, header, fault));
  EXPECT_EQ(header.payload, 65'538U);
  EXPECT_EQ(header.size, 14U);
  EXPECT_TRUE(header.final);
  EXPECT_EQ(header.opcode, Opcode::Binary);
  EXPECT_EQ(std::memcmp(header.mask, "mask", 4), 0);
}

TEST(Frame, UnmasksEveryLengthAtEveryAlignment) {
  const unsigned char mask[4] = {0x37, 0xFA, 0x21, 0x3D};
  std::vector<unsigned char> bytes(64);
  for (std::size_t start = 0; start < 8; ++start) {
    for (std::size_t count = 0; count < 40; ++count) {
      std::fill(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
      unmask(bytes.data() + start, count, mask);
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool inside = i >= start && i < start + count;
        ASSERT_EQ(bytes[i], inside ? mask[(i - start) % 4] : 0) << start << " " << count;
      }
    }
  }
}

TEST(Frame, CloseReasonsAreCutToWhatFits) {
  EXPECT_EQ(close_payload(1000, "bye"),
            "\x03\xE8"
            "bye");
  EXPECT_EQ(close_payload(close_code::kNoStatus, "not sent"), "");
  const std::string euros(123, 'x');
  EXPECT_EQ(close_payload(1000, euros + "€").size(), 125U);
  EXPECT_EQ(close_payload(1000, std::string(122, 'x') + "€").size(), 124U);
}

TEST(Frame, CloseCodesThatMayNotTravelAreRefused) {
  const auto read = [](unsigned code) {
    const std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code)};
    std::optional<FrameFault> fault;
    return read_close_payload(payload, fault).has_value();
  };
  for (const unsigned code : {1000U, 1003U, 1007U, 1011U, 1012U, 1014U, 3000U, 4999U}) {
    EXPECT_TRUE(read(code)) << code;
  }
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2999U, 5000U, 65'535U}) {
    EXPECT_FALSE(read(code)) << code;
  }
}

TEST(Message, CarriesItsFrameInFrontOfItsPayload) {
  const auto message = Message::make(MessageType::Text, "hello");
  EXPECT_EQ(message->payload(), "hello");
  EXPECT_EQ(message->size(), 5U);
  EXPECT_EQ(text_of(message->frame() - 2, 7), "\x81\x05hello");
  EXPECT_EQ(Message::make(MessageType::Binary, "")->payload(), "");
}

}  // namespace
}  // namespace webpubsub::net
