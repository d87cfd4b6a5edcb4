#include "config/difference.h"

#include <gmock/gmock.h>

#include "config/credential_files.h"
#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> changes(const Settings& before, const Settings& after) {
  std::vector<std::string> lines;
  for (const auto& change : difference(before, after)) lines.push_back(change.text());
  return lines;
}

std::vector<std::string> changes(std::string_view before, std::string_view after) {
  return changes(settings_of(before), settings_of(after));
}

constexpr std::string_view kRules =
    "rules:\n"
    "  - {name: a, topic: a/#, group: g}\n"
    "  - {name: b, topic: b/#, group: g}\n";

TEST(Difference, SameConfigurationsHaveNone) {
  EXPECT_THAT(changes(kRules, kRules), IsEmpty());
  EXPECT_THAT(changes("", "log: {level: info}\nmqtt: {keep_alive: 30s}\n"), IsEmpty())
      << "a default written out is no change";
}

TEST(Difference, TellsEachKeyWithItsOldAndNewValue) {
  EXPECT_THAT(changes("mqtt: {keep_alive: 30s}\n", "mqtt: {keep_alive: 1m, username: x}\n"),
              ElementsAre("mqtt.username: \"\" → x", "mqtt.keep_alive: 30s → 1m"));
}

TEST(Difference, TellsRulesApartByName) {
  EXPECT_THAT(
      changes(kRules,
              "rules:\n"
              "  - {name: c, topic: c/#, group: g}\n"
              "  - {name: b, topic: b/#, group: g, batch: {max_delay: 1s}}\n"),
      ElementsAre("rules[b].batch.max_delay: 50ms → 1s", "rules[c]: added", "rules[a]: removed"));
  EXPECT_THAT(changes(kRules, ""), ElementsAre("rules[a]: removed", "rules[b]: removed"));
}

TEST(Difference, TheOrderOfCommandsIsPartOfThem) {
  const std::string a = "  - {name: a, topic: t/a}\n";
  const std::string b = "  - {name: b, topic: t/b}\n";
  EXPECT_THAT(changes("commands:\n" + a + b, "commands:\n" + b + a),
              ElementsAre("commands: a, b → b, a"));
  EXPECT_THAT(changes("commands:\n  - {name: a, topic: t/a, when: {/x: 1}}\n",
                      "commands:\n  - {name: a, topic: t/a, when: {/x: \"*\"}}\n"),
              testing::SizeIs(testing::Ge(1U)));
}

TEST(Difference, SaysOnlyThatASecretChanged) {
  const auto lines =
      changes("mqtt: {username: u, password: first}\n", "mqtt: {username: u, password: other}\n");
  EXPECT_THAT(lines, ElementsAre("mqtt.password: (changed)"));
  const std::string key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const std::string other = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
  const auto source = [](const std::string& host, const std::string& access_key) {
    return "webpubsub: {connection_string: \"Endpoint=https://" + host +
           ";AccessKey=" + access_key + ";\"}\n";
  };
  EXPECT_THAT(changes(source("a.example", key), source("a.example", other)),
              ElementsAre("webpubsub.access_key: (changed)"));
  for (const auto& line : changes(source("a.example", key), source("b.example", other))) {
    EXPECT_THAT(line, Not(HasSubstr("AAAA")));
    EXPECT_THAT(line, Not(HasSubstr("BBBB")));
  }
  EXPECT_THAT(changes("webpubsub: {proxy: \"http://u:one@h:1\"}\n",
                      "webpubsub: {proxy: \"http://u:two@h:1\"}\n"),
              ElementsAre("webpubsub.proxy: (changed)"));
}

TEST(Difference, KnowsWhatItTouches) {
  const auto found = difference(settings_of(kRules), settings_of("mqtt: {keep_alive: 1m}\n"));
  EXPECT_TRUE(touches(found, "mqtt"));
  EXPECT_TRUE(touches(found, "mqtt.keep_alive"));
  EXPECT_TRUE(touches(found, "rules"));
  EXPECT_FALSE(touches(found, "rule"));
  EXPECT_FALSE(touches(found, "mqtt.keep"));
  EXPECT_FALSE(touches(found, "hub"));
}

TEST(Fingerprint, TellsConfigurationsApartAndHoldsNoSecret) {
  EXPECT_EQ(fingerprint(settings_of(kRules)), fingerprint(settings_of(kRules)));
  EXPECT_NE(fingerprint(settings_of(kRules)), fingerprint(settings_of("")));
  EXPECT_THAT(fingerprint(settings_of("")), testing::SizeIs(16U));
  EXPECT_EQ(fingerprint(settings_of("mqtt: {username: u, password: first}\n")),
            fingerprint(settings_of("mqtt: {username: u, password: other}\n")));
}

class CredentialFiles : public testing::Test {
 protected:
  support::TempFolder folder_{};
};

TEST_F(CredentialFiles, AreReadAgainAndNothingElse) {
  folder_.write("password", "one\n");
  const auto file = folder_.write(
      "gateway.yaml", "mqtt: {username: u, password_file: password, keep_alive: 10s}\n");
  const auto before = settings_of_file(file);
  EXPECT_THAT(credential_files(before), ElementsAre(folder_.path() / "password"));
  folder_.write("gateway.yaml", "mqtt: {username: other, password_file: password}\n");
  folder_.write("password", "two\n");
  const auto again = read_secrets_again(before);
  ASSERT_TRUE(std::holds_alternative<Settings>(again));
  const auto& after = std::get<Settings>(again);
  EXPECT_EQ(after.mqtt.password.reveal(), "two");
  EXPECT_EQ(after.mqtt.username, "u") << "the configuration itself was not read";
}

TEST_F(CredentialFiles, HalfWrittenOnesAreProblems) {
  folder_.write("source", "Endpoint=https://a.example;AccessKey=topsecretkey;\n");
  const auto before = settings_of_file(
      folder_.write("gateway.yaml", "webpubsub: {connection_string_file: source}\n"));
  for (const std::string_view text : {"", "Endpoint=https://a.exa", "AccessKey=topsecretkey;"}) {
    folder_.write("source", text);
    const auto again = read_secrets_again(before);
    ASSERT_TRUE(std::holds_alternative<std::vector<Problem>>(again)) << text;
    for (const auto& problem : std::get<std::vector<Problem>>(again)) {
      EXPECT_THAT(problem.text(), HasSubstr("source: "));
      EXPECT_THAT(problem.text(), Not(HasSubstr("topsecret")));
    }
  }
}

}  // namespace
}  // namespace gateway::config
