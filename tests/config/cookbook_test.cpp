// docs/cookbook.md: every recipe does what the page says.

#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

#include "bridge/uplink/rule_line.h"
#include "tests/config/config_fixture.h"
#include "webpubsub/protocol/codec.h"

namespace gateway::config {
namespace {

using webpubsub::TimePoint;

constexpr std::int64_t kArrival = 1'763'690'400'000;
constexpr TimePoint kStart{std::chrono::seconds(1000)};

struct Publication {
  std::string topic{};
  std::string payload{};
};

/// Commands and what comes of them.
struct Step {
  std::vector<Publication> publications{};
  std::string frames{};  // as the page has them, without the line ends
};

struct Recipe {
  std::string title{};
  std::string yaml{};
  std::vector<Step> steps{};
};

std::string between(const std::string& text, const std::string& left, const std::string& right) {
  const auto begin = text.find(left);
  if (begin == std::string::npos) return {};
  const auto from = begin + left.size();
  return text.substr(from, text.find(right, from) - from);
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string with_line_ends(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool end = text.compare(i, 2, "\\n") == 0;
    result += end ? '\n' : text[i];
    if (end) ++i;
  }
  return result;
}

/// What a command of the page publishes.
Publication parse_command(const std::string& line) {
  Publication publication{.topic = between(line, "mosquitto_pub -t '", "'")};
  if (line.starts_with("$ echo ")) {
    publication.payload = from_hex(between(line, "$ echo ", " "));
  } else if (line.starts_with("$ printf ")) {
    publication.payload = with_line_ends(between(line, "$ printf '", "'"));
  } else {
    publication.payload = between(line, " -m '", "'");
  }
  return publication;
}

std::vector<Recipe> read_recipes() {
  std::istringstream page(read_text(config_folder().parent_path() / "docs/cookbook.md"));
  std::vector<Recipe> recipes;
  std::string block;  // the kind of the one we are in
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) {
      recipes.push_back({.title = line.substr(3)});
    } else if (line.starts_with("```")) {
      block = line.substr(3);
      if (block == "console") recipes.back().steps.emplace_back();
    } else if (block == "yaml") {
      recipes.back().yaml += line + "\n";
    } else if (block == "console") {
      recipes.back().steps.back().publications.push_back(parse_command(line));
    } else if (block == "json") {
      const auto begin = line.find_first_not_of(' ');
      recipes.back().steps.back().frames += line.substr(std::min(begin, line.size()));
    }
  }
  return recipes;
}

/// The frames of a step, one after the other.
std::string run(RuleLine& line, const Step& step, TimePoint now) {
  std::vector<Batch> closed;
  for (const auto& publication : step.publications) {
    const Reading reading{.time = kArrival,
                          .arrived = now,
                          .topic = publication.topic,
                          .payload = publication.payload};
    EXPECT_TRUE(line.options().topics.pattern_of(reading.topic) != nullptr) << reading.topic;
    static_cast<void>(line.take(reading, now, closed));
  }
  line.close_all(closed);
  std::string frames;
  for (const auto& batch : closed) {
    std::string frame;
    webpubsub::json_codec().encode_send_to_group(batch.group, batch.type, batch.bytes, std::nullopt,
                                                 batch.no_echo, frame);
    frames += frame;
  }
  return frames;
}

class Cookbook : public testing::TestWithParam<Recipe> {};

TEST_P(Cookbook, DoesWhatThePageSays) {
  const auto& recipe = GetParam();
  const auto settings = settings_of("gateway: {id: edge-01}\n" + recipe.yaml);
  ASSERT_EQ(settings.rules.size(), 1U);
  BufferPool buffers;
  auto rule = settings.rules.front();
  if (rule.jq.is_set()) rule.jq.timeout = std::chrono::seconds(10);  // on a busy machine
  RuleLine line(0, rule, "edge-01", buffers);
  auto now = kStart;
  for (const auto& step : recipe.steps) {
    ASSERT_FALSE(step.publications.empty());
    EXPECT_EQ(run(line, step, now += std::chrono::seconds(10)), step.frames);
  }
}

INSTANTIATE_TEST_SUITE_P(Recipes, Cookbook, testing::ValuesIn(read_recipes()),
                         [](const auto& recipe) {
                           std::string name;
                           for (const char c : recipe.param.title) {
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                           }
                           return name;
                         });

TEST(CookbookPage, HasFifteenRecipesOrMore) {
  const auto recipes = read_recipes();
  EXPECT_GE(recipes.size(), 15U);
  for (const auto& recipe : recipes) EXPECT_FALSE(recipe.steps.empty()) << recipe.title;
}

}  // namespace
}  // namespace gateway::config
