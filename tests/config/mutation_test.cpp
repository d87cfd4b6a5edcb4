// The manual, damaged in thousands of ways: the loader answers each time. CTest's timeout
// is for the one that would hang it.

#include <random>

#include "tests/config/config_fixture.h"

namespace gateway::config {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
  return limit == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

constexpr std::string_view kTokens[] = {"{",     "}",    "[",        "]",
                                        "\"",    "'",    ":",        ": ",
                                        "- ",    "\n",   "\n\n",     "\t",
                                        "#",     "&a ",  "*a",       "!",
                                        "|\n",   ">\n",  "? ",       "---\n",
                                        "...\n", "%",    "@",        "`",
                                        "<<: ",  "${",   "${A}",     "${A:-",
                                        "$${",   "~",    "null",     "\\",
                                        "\r\n",  "\xFF", "\xC3\xA9", "\xEF\xBB\xBF",
                                        "0",     "-1",   "1e999",    "99999999999999999999",
                                        "{{",    "{/x}", "+",        "/#",
                                        ",",     "  ",   "\x04",     "\x7F"};

/// The text with one thing wrong, more often than not.
std::string mutate(std::string text, Random& random) {
  const auto at = below(random, text.size());
  const auto length = below(random, 1 + below(random, 40));
  switch (below(random, 6)) {
    case 0:
      return text.erase(at, length);
    case 1:
      return text.insert(at, kTokens[below(random, std::size(kTokens))]);
    case 2:
      text[at] = static_cast<char>(below(random, 256));
      return text;
    case 3:
      return text.insert(below(random, text.size()), text.substr(at, length * 8));
    case 4:
      return text.substr(0, at);
    default: {
      const auto line = text.find('\n', at);
      return text.erase(std::min(line, text.size() - 1), 1);
    }
  }
}

TEST(Mutations, AreAnsweredOneByOne) {
  const auto manual = read_text(config_folder() / "gateway.yaml");
  const auto environment = test_environment({{"A", "x"}});
  Random random(20'251'121);  // always the same ones
  std::size_t loaded = 0;
  for (int i = 0; i < 2000; ++i) {
    auto text = manual;
    for (std::size_t n = 1 + below(random, 4); n > 0; --n) text = mutate(std::move(text), random);
    const auto result = load_text(text, "gateway.yaml", environment);
    if (const auto* const settings = std::get_if<Settings>(&result)) {
      ++loaded;
      const auto again = load_text(describe(*settings), "again.yaml", environment);
      EXPECT_TRUE(std::holds_alternative<Settings>(again)) << text;
    } else {
      const auto& problems = std::get<std::vector<Problem>>(result);
      ASSERT_FALSE(problems.empty());
      for (const auto& problem : problems) {
        EXPECT_FALSE(problem.message.empty());
        EXPECT_GE(problem.line, 0) << problem.text();
        EXPECT_EQ(problem.message.find('\n'), std::string::npos) << problem.text();
      }
    }
  }
  EXPECT_GT(loaded, 100U);   // comments and texts are most of it
  EXPECT_LT(loaded, 1900U);  // or nothing was tested
}

TEST(Mutations, OfOneKindRepeatedDoNotHang) {
  const auto environment = test_environment();
  for (const auto token : kTokens) {
    std::string text;
    while (text.size() < 60'000) text += token;
    static_cast<void>(load_text(text, "gateway.yaml", environment));
    static_cast<void>(load_text("mqtt:\n  username: " + text, "gateway.yaml", environment));
  }
}

}  // namespace
}  // namespace gateway::config
