#include "bridge/rules/convert/conversion.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

struct ConversionCase {
  const char* what;
  Conversion conversion;
  Value value;
  const char* result;  // as JSON; nullptr: it cannot be converted
};

Value number(std::string_view digits) { return {Value::Kind::Number, digits}; }
Value text(std::string_view value) { return {Value::Kind::Text, value}; }

class ConversionOf : public testing::TestWithParam<ConversionCase> {};

TEST_P(ConversionOf, MakesOfAValue) {
  const auto& given = GetParam();
  Arena arena;
  const auto result = given.conversion.apply(given.value, arena);
  ASSERT_EQ(result.has_value(), given.result != nullptr) << given.what;
  if (!result) return;
  std::string json;
  append_json(json, *result);
  EXPECT_EQ(json, given.result) << given.what;
}

const Conversion kScaled{.scale = 0.1, .offset = -40, .round = 2};
const Conversion kClamped{.min = -50, .max = 120};
const Conversion kWords{.map = {{"0", {Value::Kind::Text, "off"}},
                                {"1", {Value::Kind::Bool, "true"}},
                                {"ON", {Value::Kind::Number, "1"}}}};
const Conversion kWithRest{
    .map = {{"0", {Value::Kind::Text, "off"}}, {"*", {Value::Kind::Null, "null"}}}};
const Conversion kCalibrated{.points = {{0, 4}, {50, 54}, {100, 154}}};

INSTANTIATE_TEST_SUITE_P(
    Table, ConversionOf,
    testing::Values(
        ConversionCase{"scale, offset, round", kScaled, number("615"), "21.5"},
        ConversionCase{"rounds to what is shortest", kScaled, number("612.34"), "21.23"},
        ConversionCase{"no minus zero", kScaled, number("400.001"), "0"},
        ConversionCase{"text is no number", kScaled, text("615"), nullptr},
        ConversionCase{"null stays", kScaled, {Value::Kind::Null, "null"}, "null"},
        ConversionCase{"an object is no number", kScaled, {Value::Kind::Json, "{}"}, nullptr},
        ConversionCase{"keeps digits that stay", kClamped, number("21.500"), "21.500"},
        ConversionCase{"keeps more digits than a double has", kClamped,
                       number("1.00000000000000000001"), "1.00000000000000000001"},
        ConversionCase{"max", kClamped, number("1e3"), "120"},
        ConversionCase{"min", kClamped, number("-51"), "-50"},
        ConversionCase{"overflows", {.scale = 1e300}, number("1e300"), nullptr},
        ConversionCase{"text to number", {.number = true}, text(" 21.50 "), "21.5"},
        ConversionCase{"text that is none", {.number = true}, text("21.5 C"), nullptr},
        ConversionCase{"not the names of numbers", {.number = true}, text("inf"), nullptr},
        ConversionCase{"a number is one", {.number = true}, number("7.0"), "7.0"},
        ConversionCase{"one bit", {.bits = Conversion::Bits{3, 1}}, number("12"), "1"},
        ConversionCase{"several bits", {.bits = Conversion::Bits{2, 2}}, number("44"), "3"},
        ConversionCase{
            "bits of a negative", {.bits = Conversion::Bits{0, 1}}, number("-1"), nullptr},
        ConversionCase{
            "bits of a fraction", {.bits = Conversion::Bits{0, 1}}, number("1.5"), nullptr},
        ConversionCase{
            "bits of too much", {.bits = Conversion::Bits{0, 1}}, number("1e17"), nullptr},
        ConversionCase{"map of a number", kWords, number("0"), "\"off\""},
        ConversionCase{"however it is written", kWords, number("1.0"), "true"},
        ConversionCase{"map of text", kWords, text("ON"), "1"},
        ConversionCase{"not in the map", kWords, text("on"), "\"on\""},
        ConversionCase{"the rest of a map", kWithRest, {Value::Kind::Bool, "true"}, "null"},
        ConversionCase{"map of an array", kWithRest, {Value::Kind::Json, "[0]"}, nullptr},
        ConversionCase{"first line", kCalibrated, number("25"), "29"},
        ConversionCase{"at a point", kCalibrated, number("50"), "54"},
        ConversionCase{"second line", kCalibrated, number("75"), "104"},
        ConversionCase{"below the first", kCalibrated, number("-10"), "-6"},
        ConversionCase{"above the last", kCalibrated, number("110"), "174"}));

}  // namespace
}  // namespace gateway
