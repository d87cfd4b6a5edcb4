#include <string>

#include <gtest/gtest.h>

#include "hub/odata_filter/filter.h"

namespace webpubsub::hub {
namespace {

std::string error_of(std::string_view filter) {
  const auto parsed = Filter::parse(filter);
  return parsed ? "no error" : parsed.error().message;
}

TEST(FilterErrors, TellWhatAndWhere) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", "Invalid syntax for '': an operand is expected at position 0."},
      {"name eq 'x'", "Token 'name' is not supported."},
      {"upper(userId) eq 'x'", "Token 'upper' is not supported."},
      {"userId('x')", "Token 'userId' is not supported."},
      {"userId eq", "Invalid syntax for '': an operand is expected at position 9."},
      {"userId eq 'x", "Invalid syntax for ''x': the string has no end at position 10."},
      {"userId == 'x'", "Invalid syntax for '== 'x'': an unexpected character at position 7."},
      {"userId eq 'x' 'y'",
       "Invalid syntax for ''y'': an operator or the end is expected at position 14."},
      {"(true", "Invalid syntax for '': ')' is expected at position 5."},
      {"true)", "Invalid syntax for ')': an operator or the end is expected at position 4."},
      {"length(userId) gt 1.5",
       "Invalid syntax for '1.5': not a whole number of 64 bits at position 18."},
      {"length(userId) gt 9223372036854775808",
       "Invalid syntax for '9223372036854775808': not a whole number of 64 bits at position 18."},
      {"length(userId) gt +-1",
       "Invalid syntax for '+-1': not a whole number of 64 bits at position 18."},
      {"userId", "Invalid syntax for 'userId': the filter is no condition at position 0."},
      {"not length(userId) gt 5",
       "Invalid syntax for 'length(userId) gt 5': 'not' binds tighter than a comparison: put it in "
       "brackets at position 4."},
      {"userId gt 'a'",
       "Invalid syntax for 'userId gt 'a'': the two sides cannot be compared at position 0."},
      {"userId eq 5",
       "Invalid syntax for 'userId eq 5': the two sides cannot be compared at position 0."},
      {"groups eq 'a'",
       "Invalid syntax for 'groups eq 'a'': the two sides cannot be compared at position 0."},
      {"null eq groups",
       "Invalid syntax for 'null eq groups': the two sides cannot be compared at position 0."},
      {"userId and true", "Invalid syntax for 'userId and true': not a condition at position 0."},
      {"true or 5", "Invalid syntax for '5': not a condition at position 8."},
      {"userId in 'a'", "Invalid syntax for ''a'': a list or 'groups' is expected at position 10."},
      {"userId in ()", "Invalid syntax for ')': an operand is expected at position 11."},
      {"userId in ('a' 'b')", "Invalid syntax for ''b')': ',' or ')' is expected at position 15."},
      {"userId in ('a',5)",
       "Invalid syntax for '5)': of another type than what is looked for at position 15."},
      {"5 in groups", "Invalid syntax for '5 in groups': no name of a group at position 0."},
      {"groups in ('a')",
       "Invalid syntax for 'groups in ('a')': a collection is in no list at position 0."},
      {"contains(userId)",
       "Invalid syntax for 'contains(userId)': too few arguments at position 0."},
      {"contains(userId,'a','b')", "Invalid syntax for ''b')': too many arguments at position 20."},
      {"contains(userId,5)",
       "Invalid syntax for '5)': an argument of the wrong type at position 16."},
      {"tolower(groups) eq 'a'",
       "Invalid syntax for 'groups) eq 'a'': an argument of the wrong type at position 8."},
      {"userId eq \x01", "Invalid syntax for '\x01': an unexpected character at position 10."},
  };
  for (const auto& [filter, expected] : table) EXPECT_EQ(error_of(filter), expected) << filter;
}

TEST(FilterErrors, QuoteOnlyTheBeginningOfALongRest) {
  const std::string message = error_of("true " + std::string(10'000, 'x'));
  EXPECT_LT(message.size(), 150U) << message;
}

TEST(FilterErrors, BoundWhatOneFilterCosts) {
  std::string clauses = "true";
  for (int i = 0; i < 100; ++i) clauses += " and true";
  EXPECT_EQ(error_of(clauses), "no error");
  EXPECT_NE(error_of(clauses + " and true").find("more than 100 operations"), std::string::npos);
  const auto brackets = [](std::size_t depth) {
    return std::string(depth, '(') + "true" + std::string(depth, ')');
  };
  EXPECT_EQ(error_of(brackets(99)), "no error");
  EXPECT_NE(error_of(brackets(100)).find("more than 100 levels"), std::string::npos);
  EXPECT_NE(error_of(brackets(1'000'000)).find("more than 100 levels"), std::string::npos);
  std::string negations;
  for (int i = 0; i < 1'000'000; ++i) negations += "not ";
  EXPECT_NE(error_of(negations + "true").find("more than 100 levels"), std::string::npos);
}

TEST(FilterErrors, NoPartOfAFilterCrashes) {
  constexpr std::string_view kFilter =
      "not (substring(userId, -1, 2) in ('it''s', null) or 'g' in groups) and length(groups) le +5";
  ASSERT_EQ(error_of(kFilter), "no error");
  for (std::size_t cut = 0; cut <= kFilter.size(); ++cut) {
    error_of(kFilter.substr(0, cut));
    error_of(kFilter.substr(cut));
    for (const char c : {'(', ')', '\'', ',', ' ', '5', 'x', '\xff'}) {
      std::string changed(kFilter);
      changed.insert(cut, 1, c);
      error_of(changed);
    }
  }
}

}  // namespace
}  // namespace webpubsub::hub
