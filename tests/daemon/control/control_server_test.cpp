#include "daemon/control/control_server.h"

#include <filesystem>
#include <list>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/control/control_fixture.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using webpubsub::Errc;
using webpubsub::LogLevel;

TEST_F(ControlTest, AnswersTheStatusAsJsonAndAsText) {
  serve();
  const auto json = ask({.verb = ControlVerb::Status});
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->code, ControlCode::Ok);
  EXPECT_THAT(json->data, HasSubstr(R"("name":"climate")"));
  const auto text = ask({.verb = ControlVerb::Status, .text = true});
  ASSERT_TRUE(text);
  EXPECT_THAT(text->data, HasSubstr("climate"));
  EXPECT_EQ(text->data.front(), '"');
  EXPECT_EQ(count(ControlCode::Ok), 2U);
}

TEST_F(ControlTest, AsksForQueuesWordForWord) {
  std::vector<QueueRequest> asked;
  target_.queue = [&](const QueueRequest& request,
                      const std::function<void(webpubsub::Result<std::string>)>& done) {
    asked.push_back(request);
    if (request.rule == "nobody") {
      return done(webpubsub::Error{webpubsub::Errc::NotFound, "no rule nobody is known here"});
    }
    done(std::string(R"({"purged":3})"));
  };
  serve();
  const QueueRequest read{.action = QueueRequest::Action::Read,
                          .place = QueuePlace::Memory,
                          .rule = "climate",
                          .after = 7,
                          .limit = 20};
  const auto reply = ask({.verb = ControlVerb::Queue, .queue = read});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->data, R"({"purged":3})");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].action, read.action);
  EXPECT_EQ(asked[0].place, read.place);
  EXPECT_EQ(asked[0].rule, read.rule);
  EXPECT_EQ(asked[0].after, read.after);
  EXPECT_EQ(asked[0].limit, read.limit);
  // A part that goes on where another one ended is told only if that one was told.
  const auto told = [&] {
    const auto& events = sink_.events();
    return std::count(events.begin(), events.end(), "control.request");
  };
  EXPECT_EQ(told(), 1);
  auto next = read;
  next.after = 27;
  ASSERT_TRUE(ask({.verb = ControlVerb::Queue, .queue = next}));
  EXPECT_EQ(told(), 1);
  next.rule = "meters";
  ASSERT_TRUE(ask({.verb = ControlVerb::Queue, .queue = next}));
  EXPECT_EQ(told(), 2);
  const auto unknown = ask({.verb = ControlVerb::Queue,
                            .queue = {.action = QueueRequest::Action::Purge, .rule = "nobody"}});
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->code, ControlCode::Failed);
  EXPECT_EQ(unknown->message, "no rule nobody is known here");
}

TEST_F(ControlTest, ADrainIsToldOnceHoweverOftenItIsLookedAt) {
  std::vector<QueueRequest> asked;
  target_.queue = [&](const QueueRequest& request,
                      const std::function<void(webpubsub::Result<std::string>)>& done) {
    asked.push_back(request);
    done(std::string(R"({"drain":3})"));
  };
  serve();
  QueueRequest request{.action = QueueRequest::Action::Drain, .rule = "climate"};
  ASSERT_TRUE(ask({.verb = ControlVerb::Queue, .queue = request}));
  request.drain = 3;
  ASSERT_TRUE(ask({.verb = ControlVerb::Queue, .queue = request}));
  ASSERT_TRUE(ask({.verb = ControlVerb::Queue,
                   .queue = {.action = QueueRequest::Action::Read, .rule = "climate"}}));
  request.end = true;
  ASSERT_TRUE(ask({.verb = ControlVerb::Queue, .queue = request}));
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(asked[0].action, QueueRequest::Action::Drain);
  EXPECT_EQ(asked[0].rule, "climate");
  EXPECT_EQ(asked[0].drain, 0U);
  EXPECT_EQ(asked[1].drain, 3U);
  EXPECT_FALSE(asked[1].end);
  EXPECT_TRUE(asked[3].end);
  const auto& events = sink_.events();
  EXPECT_EQ(std::count(events.begin(), events.end(), "control.request"), 2);
}

TEST_F(ControlTest, ATraceIsAskedForWordForWordAndToldOnce) {
  std::vector<TraceRequest> asked;
  target_.trace = [&](const TraceRequest& request,
                      const std::function<void(webpubsub::Result<std::string>)>& done) {
    asked.push_back(request);
    if (request.rule != "climate") {
      return done(webpubsub::Error{Errc::Unavailable, "another one is watched"});
    }
    done(std::string(R"({"last":9})"));
  };
  serve();
  TraceRequest request{.rule = "climate", .limit = 20, .payload = true};
  const auto reply = ask({.verb = ControlVerb::Trace, .trace = request});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->data, R"({"last":9})");
  request.after = 9;
  ASSERT_TRUE(ask({.verb = ControlVerb::Trace, .trace = request}));
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].rule, "climate");
  EXPECT_EQ(asked[1].after, 9U);
  EXPECT_EQ(asked[1].limit, 20U);
  EXPECT_TRUE(asked[1].payload);
  const auto& events = sink_.events();
  EXPECT_EQ(std::count(events.begin(), events.end(), "control.request"), 1);
  const auto busy = ask({.verb = ControlVerb::Trace, .trace = {.rule = "meters", .after = 9}});
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->code, ControlCode::Busy);
  EXPECT_EQ(std::count(events.begin(), events.end(), "control.request"), 2);
}

TEST_F(ControlTest, ChangesTheLogLevelForATime) {
  std::optional<LogLevel> level;
  std::optional<milliseconds> duration;
  target_.set_log_level = [&](LogLevel to, std::optional<milliseconds> time) {
    level = to;
    duration = time;
  };
  serve();
  const auto reply = ask(
      {.verb = ControlVerb::LogLevel, .level = LogLevel::Debug, .duration = milliseconds(90'000)});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->code, ControlCode::Ok);
  EXPECT_EQ(level, LogLevel::Debug);
  EXPECT_EQ(duration, milliseconds(90'000));
  EXPECT_THAT(sink_.events(), testing::Contains("control.request"));
}

TEST_F(ControlTest, WaitsForAReloadToEndAndReportsIt) {
  std::function<void(const ReloadReport&)> done;
  target_.reload = [&](auto finished) { done = std::move(finished); };
  serve();
  auto answer = std::async(std::launch::async, [&] {
    return ask_gateway(options_.path, {.verb = ControlVerb::Reload}, std::chrono::seconds(10));
  });
  ASSERT_TRUE(serve_until([&] { return done != nullptr; }));
  done({.outcome = ReloadReport::Outcome::Invalid,
        .words = "1 problem",
        .details = {"gateway.yaml:3:1: unknown key"}});
  ASSERT_TRUE(
      serve_until([&] { return answer.wait_for(milliseconds(0)) == std::future_status::ready; }));
  const auto reply = answer.get();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(
      reply->data,
      R"({"outcome":"invalid","words":"1 problem","details":["gateway.yaml:3:1: unknown key"]})");
}

TEST_F(ControlTest, AnswerThatComesAfterItsClientLeftGoesNowhere) {
  std::function<void(const ReloadReport&)> done;
  target_.reload = [&](auto finished) { done = std::move(finished); };
  serve();
  {
    const RawClient client(options_.path);
    client.say(request_line({.verb = ControlVerb::Reload}));
    ASSERT_TRUE(serve_until([&] { return done != nullptr; }));
  }
  ASSERT_TRUE(ask({.verb = ControlVerb::Status}));
  done({});
  server_.reset();
  done({});
}

TEST_F(ControlTest, SaysWhatThisGatewayCannotDo) {
  serve();
  const auto reply = ask({.verb = ControlVerb::Reload});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, ControlCode::Unsupported);
  EXPECT_EQ(reply->message, "this gateway does not answer reload");
}

TEST_F(ControlTest, RefusesWhatIsNoRequest) {
  serve();
  for (const char* line :
       {"", "status", "[]", "{}", R"({"v":2,"request":"status"})",
        R"({"v":1,"request":"shutdown"})", R"({"v":1,"request":7})",
        R"({"v":1,"request":"log-level","level":"loud"})",
        R"({"v":1,"request":"log-level","level":"info","for_ms":-1})",
        R"({"v":1,"request":"queue","action":"drain"})", R"({"v":1,"request":"trace"})"}) {
    RawClient client(options_.path);
    client.say(std::string(line) + '\n');
    ASSERT_TRUE(serve_until([&] { return client.hear(); }));
    EXPECT_THAT(client.heard(), HasSubstr(R"("code":"malformed")")) << line;
  }
  RawClient talker(options_.path);
  talker.say(std::string(kMaxControlRequest + 1, 'x'));
  ASSERT_TRUE(serve_until([&] { return talker.hear(); }));
  EXPECT_THAT(talker.heard(), HasSubstr("too long"));
  EXPECT_EQ(count(ControlCode::Malformed), 12U);
}

TEST_F(ControlTest, HearsAClientThatSpeaksInPiecesAndThenOnlyListens) {
  serve();
  RawClient client(options_.path);
  const std::string line = request_line({.verb = ControlVerb::Status});
  client.say(line.substr(0, 7));
  ASSERT_TRUE(ask({.verb = ControlVerb::Status}));  // others are served meanwhile
  client.say(line.substr(7));
  client.end_of_speech();
  ASSERT_TRUE(serve_until([&] { return client.hear(); }));
  EXPECT_THAT(client.heard(), HasSubstr(R"("code":"ok")"));
}

TEST_F(ControlTest, GivesUpOnAClientThatSaysNothing) {
  options_.request_limit = milliseconds(20);
  serve();
  RawClient client(options_.path);
  ASSERT_TRUE(serve_until([&] { return client.hear(); }));
  EXPECT_THAT(client.heard(), HasSubstr(R"("code":"timeout")"));
  EXPECT_EQ(count(ControlCode::Timeout), 1U);
}

TEST_F(ControlTest, GivesUpOnWorkThatDoesNotEnd) {
  options_.work_limit = milliseconds(20);
  target_.reload = [](const auto&) {};
  serve();
  const auto reply = ask({.verb = ControlVerb::Reload});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->code, ControlCode::Timeout);
}

TEST_F(ControlTest, GivesUpOnAClientThatDoesNotTakeItsAnswer) {
  options_.max_clients = 1;
  options_.reply_limit = milliseconds(20);
  snapshot_.links[1].last_error = std::string(2'000'000, 'e');  // more than a socket holds
  serve();
  RawClient client(options_.path);
  client.say(request_line({.verb = ControlVerb::Status}));
  ASSERT_TRUE(serve_until([&] { return count(ControlCode::Ok) == 1; }));
  // While it sits there it is the one client there may be; the next is served when it is gone.
  ASSERT_TRUE(serve_until([&] {
    const auto reply = ask({.verb = ControlVerb::Status});
    return reply && reply->code == ControlCode::Ok;
  }));
  ASSERT_TRUE(serve_until([&] { return client.hear(); }));
  EXPECT_LT(client.heard().size(), 2'000'000U);
}

TEST_F(ControlTest, SendsAnAnswerLargerThanTheSocketHolds) {
  snapshot_.links[1].last_error = std::string(2'000'000, 'e');
  serve();
  const auto reply = ask({.verb = ControlVerb::Status});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_GT(reply->data.size(), 2'000'000U);
  snapshot_.links[1].last_error = std::string(kMaxControlReply, 'e');
  const auto refused = ask({.verb = ControlVerb::Status});
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(refused->code, ControlCode::Failed);
}

TEST_F(ControlTest, ServesAFewAtATimeAndTellsTheRestToComeAgain) {
  options_.max_clients = 2;
  serve();
  std::list<RawClient> idle;
  idle.emplace_back(options_.path);
  idle.emplace_back(options_.path);
  RawClient third(options_.path);
  ASSERT_TRUE(serve_until([&] { return third.hear(); }));
  EXPECT_THAT(third.heard(), HasSubstr(R"("code":"busy")"));
  idle.clear();
  const auto reply = ask({.verb = ControlVerb::Status});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, ControlCode::Ok);
}

TEST_F(ControlTest, ListsEveryOutcomeFromTheStart) {
  serve();
  EXPECT_EQ(server_->tally(), (Tally{{"ok", 0},
                                     {"forbidden", 0},
                                     {"malformed", 0},
                                     {"unsupported", 0},
                                     {"busy", 0},
                                     {"timeout", 0},
                                     {"failed", 0}}));
}

/// Asks as an account that is not root, in a process of its own: the name of the reply's code.
class StrangerTest : public ControlTest {
 protected:
  static constexpr uid_t kSomebody = 12'345;
  uid_t uid() const { return ::geteuid() == 0 ? kSomebody : ::geteuid(); }
  gid_t gid() const { return ::geteuid() == 0 ? kSomebody : ::getegid(); }

  std::string ask_as_somebody(ControlVerb verb) { return ask_as_somebody({.verb = verb}); }
  std::string ask_as_somebody(const ControlRequest& request) {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
      const bool dropped = ::geteuid() != 0 || (::setgroups(0, nullptr) == 0 &&
                                                ::setgid(gid()) == 0 && ::setuid(uid()) == 0);
      const auto reply = ask_gateway(options_.path, request, std::chrono::seconds(10));
      const std::string word(dropped && reply ? to_string(reply->code) : "no answer");
      static_cast<void>(!::write(ends[1], word.data(), word.size()));
      ::_exit(0);
    }
    std::string word(64, '\0');
    ssize_t count = -1;
    EXPECT_TRUE(serve_until([&] {
      count = ::read(ends[0], word.data(), word.size());
      return count > 0;
    }));
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    return word.substr(0, count > 0 ? static_cast<std::size_t>(count) : 0);
  }

  /// Lets everybody connect, so that what refuses is the server.
  void open_the_door() const {
    namespace fs = std::filesystem;
    fs::permissions(options_.path, fs::perms::all);
    fs::permissions(fs::path(options_.path).parent_path(), fs::perms::all);
  }
};

TEST_F(StrangerTest, MemberOfTheGroupMayLookAndChangeNothing) {
  bool changed = false;
  target_.set_log_level = [&](auto, auto) { changed = true; };
  target_.reload = [&](auto) { changed = true; };
  target_.trace = [&](const auto&, const auto&) { changed = true; };
  target_.queue = [&](const QueueRequest& request, const auto& done) {
    changed = changed || request.action != QueueRequest::Action::List;
    done(std::string("{}"));
  };
  options_.account = {.uid = uid() + 1, .gid = gid()};
  serve();
  open_the_door();
  EXPECT_EQ(ask_as_somebody(ControlVerb::Status), "ok");
  EXPECT_EQ(ask_as_somebody(ControlVerb::Diag), "ok");
  EXPECT_EQ(ask_as_somebody(ControlVerb::Reload), "forbidden");
  EXPECT_EQ(ask_as_somebody(ControlVerb::LogLevel), "forbidden");
  using Action = QueueRequest::Action;
  EXPECT_EQ(ask_as_somebody(ControlVerb::Queue), "ok");
  for (const auto action : {Action::Read, Action::Purge, Action::Drain}) {
    EXPECT_EQ(ask_as_somebody(
                  {.verb = ControlVerb::Queue, .queue = {.action = action, .rule = "climate"}}),
              "forbidden");
  }
  EXPECT_EQ(ask_as_somebody({.verb = ControlVerb::Trace, .trace = {.rule = "climate"}}),
            "forbidden");
  EXPECT_FALSE(changed);
  EXPECT_EQ(count(ControlCode::Forbidden), 6U);
}

TEST_F(StrangerTest, AnybodyElseIsRefusedAndCounted) {
  options_.account = {.uid = uid() + 1, .gid = gid() + 1};
  serve();
  open_the_door();
  EXPECT_EQ(ask_as_somebody(ControlVerb::Status), "forbidden");
  EXPECT_EQ(count(ControlCode::Forbidden), 1U);
  EXPECT_THAT(sink_.events(), testing::Contains("control.refused"));
}

TEST(ControlClient, SaysWhyThereIsNoAnswer) {
  const support::TempFolder folder;
  const auto nobody = ask_gateway(folder.file("none.sock"), {}, std::chrono::seconds(1));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Errc::NotFound);
  const auto too_long = ask_gateway(std::string(200, 'x'), {}, std::chrono::seconds(1));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, Errc::InvalidArgument);
}

TEST_F(ControlTest, ClientDoesNotWaitLongerThanItsLimit) {
  serve();
  // Nobody drives the loop meanwhile: connected, and never answered.
  const auto reply = ask_gateway(options_.path, {}, milliseconds(30));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::Timeout);
}

}  // namespace
}  // namespace gateway
