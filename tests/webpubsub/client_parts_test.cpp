// The client's parts by themselves: no socket, no clock.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webpubsub/client/close_reason.h"
#include "webpubsub/client/errors.h"
#include "webpubsub/client/keep_alive.h"
#include "webpubsub/client/pending_acks.h"
#include "webpubsub/client/sent_queue.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Action = KeepAlive::Action;

const Error kGone{Errc::Unavailable, "gone", 0};

/// Notes what each completion was told, in the order told.
struct Notes {
  std::vector<std::string> lines{};
  Completion operator()(const std::string& name) {
    return [this, name](const Result<void>& outcome) {
      lines.push_back(name + (outcome ? " ok" : " " + outcome.error().message));
    };
  }
};

TEST(SentQueue, CompletionsFollowTheirFrames) {
  Notes notes;
  SentQueue queue;
  queue.add({});
  queue.add(notes("second"));
  queue.add({});
  queue.add(notes("fourth"));
  queue.left(1);
  EXPECT_FALSE(queue.take());
  queue.left(1);
  queue.take()({});
  EXPECT_FALSE(queue.take());
  queue.left(2);
  queue.take()({});
  EXPECT_THAT(notes.lines, ElementsAre("second ok", "fourth ok"));
}

TEST(SentQueue, AtTheEndWhatLeftWasSent) {
  Notes notes;
  SentQueue queue;
  SettledList settled;
  queue.add(notes("a"));
  queue.add(notes("b"));
  queue.left(1);
  queue.end(kGone, settled);
  run(std::exchange(settled, {}));
  EXPECT_THAT(notes.lines, ElementsAre("a ok", "b gone"));
  queue.add(notes("c"));  // of the next connection, which counts from the start
  queue.left(1);
  EXPECT_TRUE(queue.take());
}

TEST(PendingAcks, EachIsTakenOnce) {
  PendingAcks acks;
  const TimePoint start{};
  acks.add(1, start + 10s, {});
  acks.add(18446744073709551615U, start + 10s, {});
  EXPECT_EQ(acks.size(), 2U);
  EXPECT_TRUE(acks.take(18446744073709551615U));
  EXPECT_FALSE(acks.take(18446744073709551615U));
  EXPECT_FALSE(acks.take(2));
  EXPECT_EQ(acks.size(), 1U);
}

TEST(PendingAcks, TheOldestExpiresFirst) {
  Notes notes;
  PendingAcks acks;
  const TimePoint start{};
  acks.add(1, start + 10s, {.done = notes("1")});
  acks.add(2, start + 11s, {.done = notes("2")});
  acks.add(3, start + 12s, {.done = notes("3")});
  EXPECT_EQ(acks.deadline(), start + 10s);
  EXPECT_FALSE(acks.take_expired(start + 9s));
  EXPECT_TRUE(acks.take(1));
  EXPECT_EQ(acks.deadline(), start + 11s);
  (*acks.take_expired(start + 11s))(kGone);
  EXPECT_FALSE(acks.take_expired(start + 11s));
  SettledList settled;
  acks.end(kGone, settled);
  run(std::move(settled));
  EXPECT_THAT(notes.lines, ElementsAre("2 gone", "3 gone"));
  EXPECT_EQ(acks.deadline(), std::nullopt);
}

TEST(KeepAlive, AsksAfterSilenceAndGivesUp) {
  KeepAlive keep_alive(20s, 50s);
  const TimePoint start{};
  keep_alive.start(start);
  EXPECT_EQ(keep_alive.deadline(), start + 20s);
  EXPECT_EQ(keep_alive.due(start + 19s), Action::None);
  EXPECT_EQ(keep_alive.due(start + 20s), Action::Ping);
  EXPECT_EQ(keep_alive.due(start + 21s), Action::None);
  EXPECT_EQ(keep_alive.deadline(), start + 40s);
  EXPECT_EQ(keep_alive.due(start + 40s), Action::Ping);
  EXPECT_EQ(keep_alive.deadline(), start + 50s);
  EXPECT_EQ(keep_alive.due(start + 50s), Action::GiveUp);
}

TEST(KeepAlive, AnySignOfLifeStartsOver) {
  KeepAlive keep_alive(20s, 40s);
  const TimePoint start{};
  keep_alive.start(start);
  EXPECT_EQ(keep_alive.due(start + 20s), Action::Ping);
  keep_alive.heard(start + 39s);
  EXPECT_EQ(keep_alive.due(start + 58s), Action::None);
  EXPECT_EQ(keep_alive.due(start + 59s), Action::Ping);
  EXPECT_EQ(keep_alive.due(start + 79s), Action::GiveUp);
}

TEST(KeepAlive, CanBeOff) {
  KeepAlive off(0s, 40s);
  off.start(TimePoint{});
  EXPECT_EQ(off.deadline(), std::nullopt);
  EXPECT_EQ(off.due(TimePoint{} + 1h), Action::None);
  KeepAlive patient(20s, 0s);
  patient.start(TimePoint{});
  EXPECT_EQ(patient.due(TimePoint{} + 1h), Action::Ping);
}

TEST(ClientErrors, AcksBecomeOutcomes) {
  EXPECT_TRUE(ack_outcome({1, true, {}, {}}));
  EXPECT_TRUE(ack_outcome({1, false, "Duplicate", "x"}));
  const auto code = [](const char* name) {
    return ack_outcome({1, false, name, "why"}).error().code;
  };
  EXPECT_EQ(code("Forbidden"), Errc::Unauthorized);
  EXPECT_EQ(code("BadRequest"), Errc::InvalidArgument);
  EXPECT_EQ(code("InternalServerError"), Errc::Unavailable);
  EXPECT_EQ(code("Timeout"), Errc::Timeout);
  EXPECT_EQ(code("NotFound"), Errc::NotFound);
  EXPECT_EQ(code("Brand New"), Errc::Internal);
  EXPECT_EQ(ack_outcome({1, false, "Forbidden", "no"}).error().message,
            "the service answered Forbidden: no; the access token lacks the role for it");
}

TEST(ClientErrors, RefusedHandshakesSayWhatToDo) {
  const auto error = [](int status) {
    net::CloseInfo info;
    info.error = Error{Errc::Protocol, "the socket's words", status};
    return close_error(info, "");
  };
  EXPECT_EQ(error(401).code, Errc::Unauthorized);
  EXPECT_EQ(error(401).service_code, 401);
  EXPECT_THAT(error(401).message, HasSubstr("check the access key, the hub name and this machine"));
  EXPECT_EQ(error(403).code, Errc::Unauthorized);
  EXPECT_THAT(error(403).message, HasSubstr("network access rules"));
  EXPECT_EQ(error(404).code, Errc::NotFound);
  EXPECT_THAT(error(404).message, HasSubstr("host name"));
  EXPECT_EQ(error(400).code, Errc::InvalidArgument);
  EXPECT_EQ(error(429).code, Errc::ResourceExhausted);
  EXPECT_EQ(error(503).code, Errc::Unavailable);
  EXPECT_EQ(error(302).message, "the socket's words");
  EXPECT_EQ(error(0).message, "the socket's words");
}

TEST(ClientErrors, ClosesKeepCodeAndWords) {
  net::CloseInfo info;
  info.was_open = true;
  info.code = net::close_code::kPolicyViolation;
  info.reason = "full";
  EXPECT_EQ(close_error(info, "").message,
            "the service ended the connection for good: full (1008)");
  EXPECT_EQ(close_error(info, "farewell").message,
            "the service ended the connection for good: farewell (1008)");
  EXPECT_EQ(close_error(info, "").service_code, 1008);
  EXPECT_EQ(close_error(info, "").code, Errc::ResourceExhausted);
  EXPECT_EQ(close_reason(close_error(info, "")), CloseReason::Policy);
  info.code = net::close_code::kInvalidPayload;
  EXPECT_EQ(close_error(info, "").code, Errc::Protocol);
  info = {};
  info.was_open = true;
  EXPECT_EQ(close_error(info, "").message, "the connection broke (1006)");
}

TEST(ClientErrors, ClosesThatMeanTooMuchAreTold) {
  net::CloseInfo info;
  info.was_open = true;
  info.code = 1013;
  EXPECT_EQ(close_error(info, "").code, Errc::ResourceExhausted);
  EXPECT_EQ(close_reason(close_error(info, "")), CloseReason::Overload);
  info.code = net::close_code::kNormal;
  EXPECT_EQ(close_error(info, "").code, Errc::Unavailable);
  EXPECT_EQ(close_reason(close_error(info, "")), CloseReason::Closed);
  for (const char* words : {"Message count reaches limit", "Throttled", "over your QUOTA"}) {
    EXPECT_EQ(close_error(info, words).code, Errc::ResourceExhausted) << words;
    EXPECT_EQ(close_reason(close_error(info, words)), CloseReason::Quota) << words;
    EXPECT_EQ(ended_first("", close_error(info, words)).service_code, 1013) << words;
  }
  EXPECT_EQ(ack_outcome({1, false, "TooManyRequests", ""}).error().code, Errc::ResourceExhausted);
}

TEST(ClientErrors, EveryEndHasAReasonOfFew) {
  const auto reason = [](Errc code, int service_code) {
    return to_string(close_reason({code, "", service_code}));
  };
  EXPECT_EQ(reason(Errc::Unavailable, 1001), "going_away");
  EXPECT_EQ(reason(Errc::Unavailable, 1006), "lost");
  EXPECT_EQ(reason(Errc::Unavailable, 0), "lost");
  EXPECT_EQ(reason(Errc::Protocol, 1009), "too_big");
  EXPECT_EQ(reason(Errc::Protocol, 1007), "unreadable");
  EXPECT_EQ(reason(Errc::Protocol, 1002), "protocol");
  EXPECT_EQ(reason(Errc::Unavailable, 1011), "internal_error");
  EXPECT_EQ(reason(Errc::Unavailable, 1012), "restart");
  EXPECT_EQ(reason(Errc::Unavailable, 1014), "unavailable");
  EXPECT_EQ(reason(Errc::Unavailable, 4711), "other");
  EXPECT_EQ(reason(Errc::Unavailable, 503), "unavailable");
  EXPECT_EQ(reason(Errc::Unauthorized, 401), "refused");
  EXPECT_EQ(reason(Errc::ResourceExhausted, 429), "quota");
  EXPECT_EQ(reason(Errc::Timeout, 0), "timeout");
  EXPECT_EQ(reason(Errc::Cancelled, 0), "closed");
  EXPECT_EQ(close_code_name(1008), "policy violation");
  EXPECT_EQ(close_code_name(4711), "");
}

TEST(ClientErrors, WhatPeersSayIsCutAtACharacter) {
  std::string long_words = "a";
  for (int i = 0; i < 200; ++i) long_words += "\xE2\x82\xAC";
  net::CloseInfo info;
  info.was_open = true;
  const std::string message = close_error(info, long_words + "\n").message;
  EXPECT_LT(message.size(), 300U);
  EXPECT_THAT(message, HasSubstr("\xE2\x82\xAC... (1006)"));
  EXPECT_THAT(close_error(info, "a\nb").message, HasSubstr("a b"));
}

TEST(ClientErrors, RetryAfterIsSecondsAndCapped) {
  const auto wait = [](const char* text) {
    net::CloseInfo info;
    info.retry_after = text;
    return retry_after(info);
  };
  EXPECT_EQ(wait("7"), 7000ms);
  EXPECT_EQ(wait("0"), 0ms);
  EXPECT_EQ(wait("100000"), 300s);
  EXPECT_EQ(wait(""), std::nullopt);
  EXPECT_EQ(wait("-1"), std::nullopt);
  EXPECT_EQ(wait("1.5"), std::nullopt);
  EXPECT_EQ(wait("Wed, 21 Oct 2015 07:28:00 GMT"), std::nullopt);
  EXPECT_EQ(retry_after({}), std::nullopt);
}

}  // namespace
}  // namespace webpubsub
