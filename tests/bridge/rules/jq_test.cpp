// jq programs, and what holds them back.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "bridge/rules/jq/jq_worker.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using webpubsub::TimePoint;
using Ran = JqWorker::Ran;

JqProgram program(std::string_view text) {
  auto parsed = JqProgram::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  parsed->timeout = 10s;  // on a machine that is busy with other tests
  return *parsed;
}

class Jq {
 public:
  explicit Jq(JqProgram program) : worker_(std::move(program)) {}

  std::vector<std::string> run(std::string_view json, Ran expected = Ran::Done,
                               std::size_t readings = 1) {
    Decoded in;
    for (std::size_t i = 0; i < readings; ++i) {
      in.begin() += json;
      in.end(5);
    }
    Decoded out;
    EXPECT_EQ(worker_.run(in, now, out), expected);
    std::vector<std::string> results;
    for (std::size_t i = 0; i < out.size(); ++i) {
      results.emplace_back(out.json(i));
      EXPECT_EQ(out.time(i), 5);
    }
    return results;
  }

  TimePoint now{1000s};

 private:
  JqWorker worker_;
};

TEST(Jq, EachResultIsAReading) {
  Jq jq(program(".data[] | select(.t > 0) | {t: (.t / 10)}"));
  EXPECT_THAT(jq.run(R"({"data":[{"t":215},{"t":-1},{"t":220}]})"),
              ElementsAre(R"({"t":21.5})", R"({"t":22})"));
  EXPECT_THAT(jq.run(R"({"data":[]})"), IsEmpty());
  EXPECT_THAT(jq.run(R"({"data":[{"t":"ä"}]})", Ran::Failed), IsEmpty());
  EXPECT_THAT(jq.run(R"({"data":[{"t":10}]})"), ElementsAre(R"({"t":1})"));
}

TEST(Jq, SaysWhatIsWrongWithAProgram) {
  EXPECT_THAT(JqProgram::parse(".a | nonsense").error().message, HasSubstr("nonsense/0"));
  EXPECT_THAT(JqProgram::parse(".a |").error().message, HasSubstr("syntax error"));
  EXPECT_FALSE(JqProgram::parse(""));
  EXPECT_FALSE(JqProgram::parse(std::string(20'000, ' ') + "."));
}

TEST(Jq, ReadsAProgramInAProcessOfItsOwn) {
  const auto most = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const auto before = most();
  // jq 1.7 works this out as it reads it, 1.6 does not.
  const auto large = JqProgram::parse("if . == 1 then \"x\" * 1000000000 else . end");
  if (!large) {
    EXPECT_THAT(large.error().message, HasSubstr("too much memory or time to read"));
  }
  (void)JqProgram::parse(std::string(16'000, '['));
  (void)JqProgram::parse(std::string(16'000, '-') + "1");
  EXPECT_LT(most() - before, 100'000);  // kB
}

TEST(Jq, ReadsNoFiles) {
  const auto folder = std::filesystem::temp_directory_path();
  std::ofstream(folder / "jq_test_data.json") << R"({"secret":1})";
  const auto import = JqProgram::parse("import \"jq_test_data\" as $data {search: \"" +
                                       folder.string() + "\"}; $data");
  std::filesystem::remove(folder / "jq_test_data.json");
  ASSERT_FALSE(import);
  EXPECT_THAT(import.error().message, HasSubstr("jq_test_data"));
  EXPECT_FALSE(JqProgram::parse("import \"jq_test_data\" as $data; $data"));
  EXPECT_FALSE(JqProgram::parse("include \"jq_test_data\"; ."));
}

TEST(Jq, EndsWhatTakesTooLong) {
  auto endless = program("if . == 1 then last(repeat(1)) else . end");
  endless.timeout = 300ms;
  Jq jq(endless);
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));
  jq.run("1", Ran::Killed);
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));  // in a new process
}

TEST(Jq, EndsWhatTakesTooMuch) {
  // Of the input, or jq 1.7 would work it out as it reads the program.
  Jq jq(program(
      "if . == 1 then [range(. * 100000000)] elif . == 3 then \"x\" * (. * 700000000) else . end"));
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));
  jq.run("1", Ran::Killed);
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));
  jq.run("3", Ran::Killed);
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));
}

TEST(Jq, PausesAProgramThatIsEndedAgainAndAgain) {
  Jq jq(program("if . == 1 then \"x\" * (. * 2000000000) else . end"));
  for (int i = 0; i < 3; ++i) jq.run("1", Ran::Killed);
  jq.run("2", Ran::Killed);
  jq.now += 10s;
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));
}

TEST(Jq, LimitsHowManyResultsThereAre) {
  Jq jq(program("range(.)"));
  EXPECT_EQ(jq.run("1000").size(), 1000U);
  jq.run("1001", Ran::Failed);
  EXPECT_THAT(jq.run("1"), ElementsAre("0"));
}

TEST(Jq, HasOneDeadlineForAllReadingsOfAMessage) {
  // More than enough for any reading, and far too little for all.
  auto slow = program("reduce range(5000) as $i (.; . + 1)");
  slow.timeout = 1s;
  Jq jq(slow);
  const auto began = webpubsub::steady_now();
  jq.run("1", Ran::Killed, Decoded::kMaxReadings);
  EXPECT_LT(webpubsub::steady_now() - began, 20s);
  EXPECT_EQ(jq.run("1").size(), 1U);
  // After three of those it is left alone.
  for (int i = 0; i < 3; ++i) jq.run("1", Ran::Killed, Decoded::kMaxReadings);
  jq.run("1", Ran::Killed);
}

TEST(Jq, LimitsTheResultsOfAllReadingsTogether) {
  Jq jq(program("range(.)"));
  EXPECT_EQ(jq.run("1000", Ran::Done, 11).size(), Decoded::kMaxReadings);
  Jq large(program("\"x\" * 1000000"));
  EXPECT_EQ(large.run("1", Ran::Done, 3).size(), 3U);
  EXPECT_LE(large.run("1", Ran::Failed, 100).size(), 6U);
}

TEST(Jq, HasNothingOfOurs) {
  ASSERT_EQ(::setenv("GW_TEST_SECRET", "hush", 1), 0);
  Jq jq(program("$ENV | has(\"GW_TEST_SECRET\")"));
  EXPECT_THAT(jq.run("null"), ElementsAre("false"));
}

TEST(Jq, GoesOnAfterAHalt) {
  Jq jq(program("if . == 1 then halt_error else . end"));
  jq.run("1", Ran::Failed);
  EXPECT_THAT(jq.run("2"), ElementsAre("2"));
}

}  // namespace
}  // namespace gateway
