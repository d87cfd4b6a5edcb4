#include "bridge/downlink/answers.h"

#include <cstdio>
#include <utility>

#include "base/base64.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Offer;
using webpubsub::Result;
using webpubsub::TimePoint;

namespace {

// What is left of the service's 1 MB must hold the rest, and base64 adds a third.
constexpr std::size_t kMaxReply = 640 * 1024;

void append(std::string& json, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  json += ',';
  webpubsub::append_json_string(json, name);
  json += ':';
  webpubsub::append_json_string(json, value);
}

void append_reply(std::string& json, const std::string& reply) {
  if (reply.size() > kMaxReply) {
    json += ",\"truncated\":true";
  } else if (webpubsub::is_valid_json(reply)) {
    json += ",\"dataType\":\"json\",\"data\":" + reply;
  } else if (webpubsub::is_valid_utf8(reply)) {
    json += ",\"dataType\":\"text\"";
    json += ",\"data\":";
    webpubsub::append_json_string(json, reply);
  } else {
    json += ",\"dataType\":\"binary\",\"data\":\"" + webpubsub::base64_encode(reply) + "\"";
  }
}

}  // namespace

std::string answer_text(const CommandAnswer& answer) {
  std::string json = "{\"type\":\"command-reply\",\"v\":1";
  append(json, "gateway", answer.gateway);
  append(json, "command", answer.rule);
  append(json, "id", answer.id);
  append(json, "outcome", to_string(answer.end.outcome));
  append(json, "reason", to_string(answer.end.reason));
  append(json, "topic", answer.topic);
  append(json, "invocation", answer.invocation);
  append(json, "asker", answer.asker);
  char duration[48];
  std::snprintf(duration, sizeof(duration), ",\"duration_ms\":%.3f",
                static_cast<double>(answer.duration.count()) / 1000.0);
  json += duration;
  if (answer.reply != nullptr) append_reply(json, *answer.reply);
  json += '}';
  return json;
}

void AnswerBox::set_link(Send send) { send_ = std::move(send); }

void AnswerBox::push(Answer answer, TimePoint now) {
  bytes_ += answer.bytes.size();
  waiting_.push_back({std::move(answer), now});
  while (waiting_.size() > limits_.max_answers || bytes_ > limits_.max_bytes) {
    const auto oldest = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= oldest.answer.bytes.size();
    drop(oldest, "full");
  }
  send(now);
}

void AnswerBox::send(TimePoint now) {
  if (!send_ || std::exchange(sending_, true)) return;
  drop_old(now);
  while (!waiting_.empty() && under_way_ < limits_.window) {
    auto waiting = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    const auto offer = send_(
        waiting.answer, [self = std::weak_ptr<AnswerBox*>(self_), waiting](const auto& result) {
          if (const auto box = self.lock()) (*box)->done(waiting, result);
        });
    if (offer == Offer::Accepted) {
      bytes_ -= waiting.answer.bytes.size();
      continue;
    }
    --under_way_;
    waiting_.push_front(std::move(waiting));
    break;
  }
  sending_ = false;
  counters_.answers_waiting = waiting_.size() + under_way_;
}

void AnswerBox::done(Waiting waiting, const Result<void>& result) {
  --under_way_;
  if (result) {
    ++counters_.answers_sent;
  } else if (result.error().code == Errc::Unavailable || result.error().code == Errc::Cancelled) {
    // The link went first. It may have arrived: whoever asked knows the answer by its id.
    bytes_ += waiting.answer.bytes.size();
    waiting_.push_front(std::move(waiting));
    counters_.answers_waiting = waiting_.size() + under_way_;
    return;
  } else {
    drop(waiting, result.error().message);
  }
  send(webpubsub::steady_now());
}

void AnswerBox::drop_old(TimePoint now) {
  while (!waiting_.empty() && now - waiting_.front().since > limits_.max_age) {
    bytes_ -= waiting_.front().answer.bytes.size();
    waiting_.pop_front();
    ++counters_.answers_expired;
  }
}

void AnswerBox::drop(const Waiting& waiting, std::string_view reason) {
  ++counters_.answers_dropped;
  log_.burst(webpubsub::steady_now(), webpubsub::LogLevel::Warning, "command.answer_dropped",
             "an answer to " + waiting.answer.to.name + " was given up: " + std::string(reason));
}

}  // namespace gateway
