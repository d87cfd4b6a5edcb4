// The samples load, the manual tells of every key, and the schema knows the same keys as the
// loader.

#include <algorithm>
#include <set>

#include <rapidjson/document.h>

#include "config/document.h"
#include "config/known_keys.h"
#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

namespace fs = std::filesystem;

class Samples : public testing::Test {
 protected:
  Samples() {
    for (const auto* const name : {"plant-ca.pem", "gateway.pem", "gateway.key", "mqtt-password"}) {
      credentials_.write(name, "x");
    }
    credentials_.write("hub-key", "0123456789abcdef0123456789abcdef");
    credentials_.write("connection-string", "Endpoint=https://a.example;AccessKey=k");
  }

  support::TempFolder credentials_{};
  Environment environment_ =
      test_environment({{"CREDENTIALS_DIRECTORY", credentials_.path().string()}});
};

TEST_F(Samples, AllLoad) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(config_folder() / "examples")) {
    SCOPED_TRACE(entry.path());
    EXPECT_FALSE(settings_of_file(entry.path(), environment_).rules.empty());
    ++count;
  }
  EXPECT_GE(count, 5U);
}

TEST_F(Samples, TheManualNeedsNothingOfTheEnvironment) {
  const auto settings = settings_of_file(config_folder() / "gateway.yaml");
  EXPECT_TRUE(settings.webpubsub.uses_embedded_hub());
  EXPECT_EQ(settings.rules.size(), 1U);
  EXPECT_EQ(settings.commands.size(), 1U);
}

TEST_F(Samples, TheManualShowsTheDefaults) {
  const auto with_lists = settings_of_file(config_folder() / "gateway.yaml");
  const auto plain = settings_of(
      "rules: [{name: climate, group: \"site-{site}\", "
      "topic: \"sensors/{site}/{device}/telemetry\"}]");
  auto shown = with_lists;
  shown.commands.clear();
  EXPECT_EQ(describe(shown), describe(plain));
}

TEST_F(Samples, TheSmallestIsTenLines) {
  const auto text = read_text(config_folder() / "examples/minimal.yaml");
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 10);
}

/// Every key of a tree, as known_keys() writes them.
void collect(const YamlNode& node, const std::string& path, std::set<std::string>& keys) {
  for (const auto& member : node.items) {
    if (node.kind == YamlNode::Kind::Sequence) {
      collect(member, path + "[]", keys);
      continue;
    }
    const bool own =
        path.ends_with(".when") || path.ends_with(".select") || path.ends_with(".convert") ||
        path.ends_with(".layout") || path.ends_with(".compute") || path.ends_with(".object") ||
        path.ends_with(".deadband") || path.ends_with(".map") || path.ends_with(".headers") ||
        path.ends_with(".arguments") || path.ends_with(".user_properties");
    const auto key = own ? path + ".*" : path.empty() ? member.key : path + "." + member.key;
    if (!own) keys.insert(key);
    collect(member, key, keys);
  }
}

/// The manual with the settings that are not in use put to use: "#key:", where prose is "# Word".
std::string with_all_settings(const std::string& manual) {
  std::string text;
  for (std::size_t i = 0; i < manual.size(); ++i) {
    const bool first = manual.find_last_not_of(' ', i - 1) == manual.rfind('\n', i);
    const bool unused = manual[i] == '#' && first && i + 1 < manual.size() &&
                        manual[i + 1] >= 'a' && manual[i + 1] <= 'z';
    if (!unused) text += manual[i];
  }
  return text;
}

/// What is in `some` and not in `others`: a failure then names it.
std::vector<std::string> without(const std::set<std::string>& some,
                                 const std::set<std::string>& others) {
  std::vector<std::string> rest;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

TEST_F(Samples, TheManualTellsOfEveryKey) {
  const auto text = with_all_settings(read_text(config_folder() / "gateway.yaml"));
  std::vector<Problem> problems;
  const auto root = parse_document(text, "gateway.yaml", problems);
  ASSERT_TRUE(root);
  EXPECT_TRUE(problems.empty());
  std::set<std::string> keys;
  collect(*root, "", keys);
  const std::vector<std::string> none;
  EXPECT_EQ(without(keys, known_keys()), none) << "the loader does not know these";
  EXPECT_EQ(without(known_keys(), keys), none) << "nothing tells of these";
}

/// Every property of a schema, as known_keys() writes them.
void collect(const rapidjson::Value& schema, const rapidjson::Document& root,
             const std::string& path, std::set<std::string>& keys) {
  if (!schema.IsObject()) return;
  if (const auto ref = schema.FindMember("$ref"); ref != schema.MemberEnd()) {
    const std::string name(std::string(ref->value.GetString()).substr(8));  // "#/$defs/"
    ASSERT_TRUE(root["$defs"].HasMember(name.c_str())) << name;
    collect(root["$defs"][name.c_str()], root, path, keys);
  }
  if (const auto found = schema.FindMember("properties"); found != schema.MemberEnd()) {
    EXPECT_TRUE(schema.HasMember("additionalProperties")) << path;
    for (const auto& property : found->value.GetObject()) {
      const auto key =
          path.empty() ? property.name.GetString() : path + "." + property.name.GetString();
      EXPECT_TRUE(property.value.HasMember("description")) << key;
      keys.insert(key);
      collect(property.value, root, key, keys);
    }
  }
  if (schema.HasMember("items")) collect(schema["items"], root, path + "[]", keys);
  if (schema.HasMember("additionalProperties")) {
    collect(schema["additionalProperties"], root, path + ".*", keys);
  }
  if (schema.HasMember("anyOf")) {
    for (const auto& one : schema["anyOf"].GetArray()) collect(one, root, path, keys);
  }
}

TEST(Schema, KnowsTheSameKeysAsTheLoader) {
  rapidjson::Document schema;
  const auto text = json_schema();
  schema.Parse(text.data(), text.size());
  ASSERT_FALSE(schema.HasParseError());
  std::set<std::string> keys;
  collect(schema, schema, "", keys);
  const std::vector<std::string> none;
  EXPECT_EQ(without(keys, known_keys()), none) << "the loader does not know these";
  EXPECT_EQ(without(known_keys(), keys), none) << "nothing tells of these";
}

TEST(Schema, IsTheOneInTheTree) {
  EXPECT_EQ(json_schema(), read_text(config_folder() / "schema/webpubsub-gateway.schema.json"));
}

/// What the schema refuses (tests/config/schema_test.py) the loader refuses too.
TEST(Schema, RefusesNothingThatLoads) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(GW_BAD_SAMPLES))) {
    const auto loaded = load(entry.path(), test_environment());
    EXPECT_TRUE(std::holds_alternative<std::vector<Problem>>(loaded)) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 20U);
}

}  // namespace
}  // namespace gateway::config
