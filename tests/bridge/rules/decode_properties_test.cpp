// What was encoded is what is decoded, for random values in each format.

#include <bit>
#include <random>

#include <gmock/gmock.h>

#include "bridge/rules/decode/binary_layout.h"
#include "bridge/rules/decode/cbor.h"
#include "bridge/rules/decode/csv.h"
#include "bridge/rules/decode/json_builder.h"
#include "bridge/rules/decode/message_pack.h"
#include "tests/bridge/rules/decode_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes;
  for (std::size_t i = size; i > 0; --i) {
    bytes += static_cast<char>(number >> (8 * (i - 1)) & 0xFFU);
  }
  return bytes;
}

/// One value in three writings at once.
struct Written {
  std::string json{};
  std::string cbor{};
  std::string pack{};
};

class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  Written value(int depth = 0) {
    Written out;
    JsonBuilder json(out.json);
    const auto kind = random_() % (depth < 4 ? 8 : 6);
    switch (kind) {
      case 0:
        json.null();
        out.cbor = "\xF6";
        out.pack = "\xC0";
        break;
      case 1: {
        const bool flag = random_() % 2 == 0;
        json.boolean(flag);
        out.cbor = flag ? "\xF5" : "\xF4";
        out.pack = flag ? "\xC3" : "\xC2";
        break;
      }
      case 2: {
        const auto number = any_bits();
        json.natural(number);
        out.cbor = '\x1B' + big_endian(number, 8);
        out.pack = '\xCF' + big_endian(number, 8);
        break;
      }
      case 3: {
        const auto number = static_cast<std::int64_t>(any_bits() >> 1U);
        json.integer(-1 - number);
        out.cbor = '\x3B' + big_endian(static_cast<std::uint64_t>(number), 8);
        out.pack = '\xD3' + big_endian(static_cast<std::uint64_t>(-1 - number), 8);
        break;
      }
      case 4: {
        const auto bits = any_bits();
        json.real(std::bit_cast<double>(bits));
        out.cbor = '\xFB' + big_endian(bits, 8);
        out.pack = '\xCB' + big_endian(bits, 8);
        break;
      }
      case 5:
        return text();
      default:
        container(kind == 6, depth, out);
    }
    return out;
  }

  Written text() {
    constexpr const char* kPieces[] = {"a", "\"", "\\", "\n", "ä", "€", "😀", "\x01", "{", " "};
    std::string text;
    for (auto pieces = random_() % 40; pieces > 0; --pieces) text += kPieces[random_() % 10];
    Written out;
    EXPECT_TRUE(JsonBuilder(out.json).text(text));
    out.cbor = '\x7A' + big_endian(text.size(), 4) + text;
    out.pack = '\xDB' + big_endian(text.size(), 4) + text;
    return out;
  }

 private:
  std::uint64_t any_bits() { return random_() >> random_() % 64; }

  void container(bool map, int depth, Written& out) {
    const auto size = random_() % 5;
    const bool open = random_() % 2 == 0;  // CBOR may leave the size open
    out.json = map ? "{" : "[";
    out.cbor = open ? (map ? "\xBF" : "\x9F") : (map ? '\xBA' : '\x9A') + big_endian(size, 4);
    out.pack = (map ? '\xDF' : '\xDD') + big_endian(size, 4);
    for (std::uint64_t i = 0; i < size; ++i) {
      if (i > 0) out.json += ',';
      if (map) {
        append(out, text());
        out.json += ':';
      }
      append(out, value(depth + 1));
    }
    out.json += map ? "}" : "]";
    if (open) out.cbor += '\xFF';
  }

  static void append(Written& out, const Written& part) {
    out.json += part.json;
    out.cbor += part.cbor;
    out.pack += part.pack;
  }

  std::mt19937_64 random_;
};

TEST(Decoding, GivesBackWhatWasEncoded) {
  CborDecoder cbor_decoder;
  MessagePackDecoder pack_decoder;
  DecodeFixture cbor(cbor_decoder);
  DecodeFixture pack(pack_decoder);
  Writer writer(17);  // the same values in every run
  for (int i = 0; i < 5000; ++i) {
    const auto written = writer.value();
    ASSERT_THAT(cbor.decode(written.cbor), ElementsAre(written.json));
    ASSERT_THAT(pack.decode(written.pack), ElementsAre(written.json));
    // Nothing is a value of its own when its end is missing.
    ASSERT_THAT(cbor.decode(written.cbor.substr(0, written.cbor.size() - 1)),
                ElementsAre("malformed"));
    ASSERT_THAT(pack.decode(written.pack.substr(0, written.pack.size() - 1)),
                ElementsAre("malformed"));
  }
}

TEST(Decoding, GivesBackTheCellsOfLines) {
  std::mt19937 random(5);
  constexpr const char* kPieces[] = {"x", "\"", ",", "\n", "\r\n", "ä", " y"};
  CsvDecoder decoder({.columns = {"a", "b", "c"}});
  DecodeFixture csv(decoder);
  for (int i = 0; i < 2000; ++i) {
    std::string line;
    std::string json;
    JsonBuilder builder(json);
    ASSERT_TRUE(builder.open_object());
    for (const char* name : {"a", "b", "c"}) {
      std::string cell = "x";
      for (auto pieces = random() % 5; pieces > 0; --pieces) cell += kPieces[random() % 7];
      cell += "x";  // space at the ends is left out
      ASSERT_TRUE(builder.key(name) && builder.text(cell));
      std::string quoted;
      for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
      if (!line.empty()) line += ',';
      line += '"' + quoted + '"';
    }
    builder.close_object();
    ASSERT_THAT(csv.decode(line), ElementsAre(json)) << line;
  }
}

TEST(Decoding, GivesBackTheNumbersOfALayout) {
  std::mt19937_64 random(9);
  using Type = LayoutField::Type;
  for (int i = 0; i < 2000; ++i) {
    const auto bits = random();
    const auto big = i % 2 == 0;
    const auto endian = big ? LayoutField::Endian::Big : LayoutField::Endian::Little;
    auto bytes = big_endian(bits, 8);
    if (!big) bytes.assign(bytes.rbegin(), bytes.rend());
    BinaryLayout decoder(
        {{"u", 3, Type::U64, endian}, {"i", 3, Type::I64, endian}, {"f", 3, Type::F64, endian}});
    DecodeFixture layout(decoder);
    std::string json;
    JsonBuilder builder(json);
    ASSERT_TRUE(builder.open_object() && builder.key("u"));
    builder.natural(bits);
    ASSERT_TRUE(builder.key("i"));
    builder.integer(static_cast<std::int64_t>(bits));
    ASSERT_TRUE(builder.key("f"));
    builder.real(std::bit_cast<double>(bits));
    builder.close_object();
    ASSERT_THAT(layout.decode("..." + bytes), ElementsAre(json));
  }
}

}  // namespace
}  // namespace gateway
