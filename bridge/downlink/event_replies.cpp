#include "bridge/downlink/event_replies.h"

#include <utility>

namespace gateway {

using webpubsub::Client;
using webpubsub::Completion;
using webpubsub::Data;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Offer;
using webpubsub::Result;
using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

constexpr std::chrono::milliseconds kRest{50};
constexpr unsigned kMostHangUps = 3;
// Close codes for a frame the service cannot read.
constexpr int kUnsupported = 1003;
constexpr int kInvalid = 1007;

}  // namespace

std::string_view to_string(ReplyOutcome outcome) noexcept {
  constexpr std::array<std::string_view, kReplyOutcomes> kWords{
      "delivered", "empty", "failed", "timed_out", "lost", "rejected", "unpublished"};
  return kWords[static_cast<std::size_t>(outcome)];
}

EventReplies::EventReplies(webpubsub::net::EventLoop& loop, MqttEngine& mqtt, webpubsub::Log& log)
    : mqtt_(mqtt), log_(log), timer_(loop, [this] { end_overdue(); }) {}

Offer EventReplies::ask(Client& client, const Batch& batch, Completion done) {
  const auto& rule = *batch.reply->rule;
  const TimePoint due = batch.arrived + rule.options.timeout;
  const auto plain = [&](ReplyOutcome outcome) {
    return send_unanswered(client, batch, outcome, std::move(done));
  };
  if (batch.reply->too_long) return plain(ReplyOutcome::Rejected);
  if (steady_now() >= due) return plain(ReplyOutcome::TimedOut);
  if (std::exchange(asked_, &client) != &client) hung_up_ = 0;
  if (hung_up_ >= kMostHangUps) return plain(ReplyOutcome::Failed);
  if (client.state() != webpubsub::ClientState::Connected) return Offer::Offline;
  ++counters_.asked;
  ++counters_.pending;
  const Number number = next_++;
  keep(number, {.address = batch.reply,
                .done = std::move(done),
                .client = &client,
                .invocation = 0,
                .due = due});
  questions_.at(number).invocation = client.invoke(
      batch.group, batch.type, batch.bytes,
      [self = std::weak_ptr<EventReplies*>(self_), number](const Result<Data>& answer) {
        if (const auto replies = self.lock()) (*replies)->answered(number, answer);
      });
  return Offer::Accepted;
}

/// The server gets the reading all the same.
Offer EventReplies::send_unanswered(Client& client, const Batch& batch, ReplyOutcome outcome,
                                    Completion done) {
  const auto offer =
      client.send_event(batch.group, batch.type, batch.bytes, batch.acknowledged, std::move(done));
  if (offer != Offer::Accepted) return offer;
  ++counters_.asked;
  ++counters_.pending;
  end(*batch.reply->rule, outcome,
      outcome == ReplyOutcome::TimedOut ? "the reading had waited for too long to be answered"
      : outcome == ReplyOutcome::Failed
          ? "the service hangs up on invocations, so it is not asked"
          : "response topic, correlation data and topic are too long to be kept");
  return offer;
}

void EventReplies::answered(Number number, const Result<Data>& answer) {
  auto question = take(number);
  if (!question) return;
  if (!answer) return failed(std::move(*question), answer.error());
  hung_up_ = 0;
  // Whoever is told may ask again at once.
  deliver(question->address, *answer);
  question->done({});
}

void EventReplies::failed(Question question, const Error& why) {
  const auto& rule = *question.address->rule;
  if (why.code == Errc::ResourceExhausted) return rest(std::move(question));
  const bool lost =
      why.code == Errc::Cancelled || question.client->state() != webpubsub::ClientState::Connected;
  if (lost) {
    if (why.service_code == kUnsupported || why.service_code == kInvalid) ++hung_up_;
    end(rule, ReplyOutcome::Lost, why.message);
    return question.done(Error{Errc::Unavailable, why.message, why.service_code});
  }
  end(rule, ReplyOutcome::Failed, why.message);
  const bool never_left = why.code == Errc::InvalidArgument;
  question.done(rule.asks_again || never_left ? Result<void>(why) : Result<void>());
}

/// It is not offered again at once, while the socket is as full as it was.
void EventReplies::rest(Question question) {
  question.rests = true;
  question.due = steady_now() + kRest;
  keep(next_++, std::move(question));
}

void EventReplies::deliver(const std::shared_ptr<const ReplyAddress>& address, const Data& answer) {
  if (answer.bytes.empty()) return end(*address->rule, ReplyOutcome::Empty);
  auto made = publication_of(*address, answer);
  if (!made.publication) {
    return end(*address->rule, ReplyOutcome::Rejected, std::string(made.why));
  }
  const auto offer = mqtt_.publish(
      std::move(*made.publication),
      [self = std::weak_ptr<EventReplies*>(self_), address](const Result<void>& result) {
        const auto replies = self.lock();
        if (!replies) return;
        (*replies)->end(*address->rule,
                        result ? ReplyOutcome::Delivered : ReplyOutcome::Unpublished,
                        result ? std::string() : result.error().message);
      });
  if (offer != Offer::Accepted) {
    end(*address->rule, ReplyOutcome::Unpublished,
        offer == Offer::Full ? "too much waits for the broker" : "the broker is not there");
  }
}

void EventReplies::end(const ReplyRule& rule, ReplyOutcome outcome, const std::string& why) {
  --counters_.pending;
  ++counters_.by_outcome[static_cast<std::size_t>(outcome)];
  if (outcome == ReplyOutcome::Delivered || outcome == ReplyOutcome::Empty) return;
  log_.burst(steady_now(), webpubsub::LogLevel::Warning, "event.no_reply",
             "a device gets no answer to its event: " + why,
             {{"rule", rule.name}, {"outcome", std::string(to_string(outcome))}});
}

std::optional<EventReplies::Question> EventReplies::take(Number number) {
  auto node = questions_.extract(number);
  if (node.empty()) return std::nullopt;
  due_.erase({node.mapped().due, number});
  schedule();
  return std::move(node.mapped());
}

void EventReplies::keep(Number number, Question question) {
  due_.emplace(question.due, number);
  questions_.emplace(number, std::move(question));
  schedule();
}

void EventReplies::end_overdue() {
  while (!due_.empty() && due_.begin()->first <= steady_now()) {
    auto question = *take(due_.begin()->second);
    if (question.rests) {
      --counters_.pending;
      --counters_.asked;  // it never was
      question.done(Error{Errc::Timeout, "the socket was full"});
      continue;
    }
    const auto& rule = *question.address->rule;
    end(rule, ReplyOutcome::TimedOut, "the server did not answer in time");
    question.client->cancel_invocation(question.invocation);
    question.done(rule.asks_again ? Result<void>(Error{Errc::Timeout, "no answer came in time"})
                                  : Result<void>());
  }
}

void EventReplies::schedule() {
  if (due_.empty()) {
    timer_.cancel();
  } else {
    timer_.start_at(due_.begin()->first);
  }
}

}  // namespace gateway
