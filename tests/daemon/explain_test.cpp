#include "daemon/verbs/explain.h"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::HasSubstr;

class ExplainTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(options_.config) << R"(
rules:
  - name: climate
    topic: s/{site}/+
    except: [s/test/#, "s/{site}/off"]
    group: site-{site}
    select: {t: /data/0/t}
    convert: {t: {scale: 0.1, unit: Cel}}
    where: t > 20
    thin: {on_change: t}
  - {name: others, topic: x/#, group: g, retained: ignore}
  - {name: timed, topic: timed, group: g, jq: ".[]", time: /ts}
)";
  }

  int run() {
    out_.str("");
    return explain(options_, environment_, in_, out_, err_);
  }

  support::TempFolder folder_;
  ExplainOptions options_{.config = folder_.file("gateway.yaml"),
                          .topic = "s/berlin/d1",
                          .payload = R"({"data":[{"t":215}]})"};
  config::Environment environment_{.variable = [](const std::string&) { return std::nullopt; },
                                   .host_name = "edge-07"};
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ExplainTest, TellsEachStepOfEachRule) {
  EXPECT_EQ(run(), 0) << err_.str();
  const auto text = out_.str();
  const std::string steps = R"(climate
  topic     matches s/{site}/+: site=berlin, 1=d1
  select    {"t":215}
  convert   {"t":21.5}
  where     true
  thin      forwarded: the first of its key
  group     site-berlin
  size      )";
  EXPECT_EQ(text.substr(0, steps.size()), steps);
  EXPECT_THAT(text,
              HasSubstr(" bytes, billed as 1 message\n  frame     {\"type\":\"sendToGroup\","));
  EXPECT_THAT(text, HasSubstr(R"("units":{"t":"Cel"},"data":{"t":21.5}}]})"));
  EXPECT_THAT(text, HasSubstr("others\n  topic     does not match\n"));
}

TEST_F(ExplainTest, TellsWhenAReadingWasTaken) {
  options_.topic = "timed";
  options_.payload = R"([{"ts":1763690400,"t":1}])";
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("  jq        {\"ts\":1763690400,\"t\":1}\n"
                                    "  time      2025-11-21T02:00:00.000Z, skew -"));
}

TEST_F(ExplainTest, TellsWhyAMessageDoesNotGoOn) {
  options_.payload = R"({"data":[{"t":1}]})";
  EXPECT_EQ(run(), 65);
  EXPECT_THAT(out_.str(), HasSubstr("  where     false\n  filtered  where\n"));
  options_.payload = R"({"data":[{"t":"x"}]})";
  EXPECT_EQ(run(), 65);
  EXPECT_THAT(out_.str(), HasSubstr("  convert   t is not what its conversion takes\n"
                                    "  dropped   unconvertible\n"));
  options_.topic = "s/test/d1";
  EXPECT_EQ(run(), 65);
  EXPECT_THAT(out_.str(), HasSubstr("  topic     excepted by s/test/#\n"));
  options_.topic = "s/berlin/off";
  EXPECT_EQ(run(), 65);
  EXPECT_THAT(out_.str(), HasSubstr("  topic     excepted by s/+/off\n"));
  options_.topic = "x/1";
  options_.retained = true;
  EXPECT_EQ(run(), 65);
  EXPECT_THAT(out_.str(), HasSubstr("  filtered  retained\n"));
}

TEST_F(ExplainTest, ReadsThePayloadFromAFileOrStandardInput) {
  std::ofstream(folder_.file("payload")) << R"({"data":[{"t":300}]})";
  options_.payload = "@" + folder_.file("payload");
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("{\"t\":30}"));
  options_.payload = "-";
  in_.str(R"({"data":[{"t":400}]})");
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("{\"t\":40}"));
  options_.payload = "@" + folder_.file("nothing");
  EXPECT_EQ(run(), 66);
  options_.topic = "s/+/d1";
  EXPECT_EQ(run(), 64);
}

TEST_F(ExplainTest, TellsTheSameAsJson) {
  options_.json = true;
  EXPECT_EQ(run(), 0);
  rapidjson::Document json;
  json.Parse(out_.str().c_str());
  ASSERT_FALSE(json.HasParseError()) << out_.str();
  const auto& rules = json["rules"];
  ASSERT_EQ(rules.Size(), 3U);
  EXPECT_STREQ(rules[0]["name"].GetString(), "climate");
  EXPECT_TRUE(rules[0]["forwards"].GetBool());
  EXPECT_STREQ(rules[0]["steps"][1]["step"].GetString(), "select");
  EXPECT_STREQ(rules[0]["steps"][1]["result"].GetString(), R"({"t":215})");
  EXPECT_FALSE(rules[1]["matches"].GetBool());
}

TEST_F(ExplainTest, SaysWhatIsWrongWithTheConfiguration) {
  std::ofstream(options_.config) << "rules: [{name: a}]\n";
  EXPECT_EQ(run(), 78);
  EXPECT_THAT(err_.str(), HasSubstr("rules[0].topic: required"));
}

TEST_F(ExplainTest, TellsWhatBecomesOfACommand) {
  std::ofstream(options_.config) << R"(
commands:
  - {name: other, topic: t, from: group:ops}
  - name: set
    when: {/type: set}
    arguments: {/v: {type: number, max: 30}}
    topic: d/{/d}
    allow: [d/+]
    payload: /v
    id: /id
    deadline: {lifetime: /ttl}
    reply: {topic: "r/{/id}", timeout: 5s}
  - {name: rest, topic: rest}
)";
  options_.topic.clear();
  options_.command = R"({"type":"set","d":"d1","v":21.50,"id":"7","ttl":60})";
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_EQ(out_.str(), R"(other
  when      does not hold, or is for another source
set
  when      holds
  id        7
  deadline  in 1m
  topic     d/d1
  qos       1
  payload   21.50
  reply     r/7, within 5s
  outcome   published
rest
  when      not looked at: an earlier rule decides
)");
  options_.command = R"({"type":"set","d":"d1","v":31,"id":"7","ttl":60})";
  EXPECT_EQ(run(), 65);
  EXPECT_THAT(out_.str(), HasSubstr("  outcome   rejected (bad_argument)\n"));
  options_.from = "group:ops";
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("other\n  when      holds\n  topic     t\n"));
}

}  // namespace
}  // namespace gateway
