#include "hub/webhooks/webhook.h"

#include <algorithm>
#include <utility>

#include "base/secret.h"

namespace webpubsub::hub {

namespace {

constexpr std::size_t kMaxChecks = 1000;  // hub names that one handler is asked about

constexpr int kOk = 200;
constexpr int kRedirect = 300;
constexpr int kBadRequest = 400;
constexpr int kRequestTimeout = 408;
constexpr int kServerError = 500;

bool is_worth_repeating(const Result<net::HttpResponse>& answer) {
  if (!answer) return is_transient(answer.error().code);
  return answer->status == kRequestTimeout || answer->status >= kServerError;
}

bool is_fine(const WebhookCall& call, const Result<net::HttpResponse>& answer) {
  if (!answer) return false;
  const int status = answer->status;
  return (status >= kOk && status < kRedirect) ||
         (call.may_be_refused && status >= kBadRequest && status < kServerError);
}

}  // namespace

struct Webhook::Job {
  Job(net::EventLoop& loop, WebhookCall what, Done then, std::function<void(Job&)> repeat)
      : call(std::move(what)),
        done(std::move(then)),
        pause(loop, [this, repeat = std::move(repeat)] { repeat(*this); }) {}

  WebhookCall call;
  Done done;
  TimePoint expires{};
  std::size_t repeats = 0;
  std::unique_ptr<net::HttpCall> exchange{};
  net::Timer pause;
};

Webhook::Webhook(net::EventLoop& loop, Log& log, const HubOptions& options,
                 WebhookSettings settings, std::string origin, HubCounters& counters)
    : loop_(loop),
      log_(log),
      options_(options),
      settings_(std::move(settings)),
      origin_(std::move(origin)),
      counters_(counters) {}

Webhook::~Webhook() = default;

void Webhook::send(WebhookCall call, Done done) {
  const WebhookLimits& limits = options_.webhook_limits;
  auto job = std::make_unique<Job>(loop_, std::move(call), std::move(done),
                                   [this](Job& again) { attempt(again); });
  job->expires = steady_now() + limits.timeout;
  if (in_flight_.size() < limits.max_in_flight) return start(std::move(job));
  const std::size_t bytes = job->call.body.size();
  if (queue_.size() >= limits.max_queued || queued_bytes_ + bytes > limits.max_queued_bytes) {
    ++counters_.webhook_overflows;
    const Error full{Errc::ResourceExhausted, "too many events wait for this handler"};
    report(job->call, full);
    return job->done(full);
  }
  queued_bytes_ += bytes;
  queue_.push_back(std::move(job));
}

void Webhook::start(std::unique_ptr<Job> job) {
  Job& started = *job;
  in_flight_.emplace(&started, std::move(job));
  check_of(started.call.hub).ask([this, &started](const Result<void>& allowed) {
    if (allowed) {
      attempt(started);
    } else {
      finish(started, allowed.error());
    }
  });
}

void Webhook::attempt(Job& job) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(job.expires - steady_now());
  if (left <= std::chrono::milliseconds::zero()) {
    return finish(job, Error{Errc::Timeout, "no answer in time"});
  }
  job.exchange = net::start_http_request(
      loop_,
      {.method = "POST",
       .url = settings_.url(job.call.hub, job.call.event),
       .headers = job.call.headers,
       .body = job.call.body,
       .tls = options_.webhook_tls,
       .timeout = left,
       .max_response_body = options_.webhook_limits.max_answer_bytes},
      [this, &job](Result<net::HttpResponse> answer) { on_answer(job, std::move(answer)); });
}

void Webhook::on_answer(Job& job, Result<net::HttpResponse> answer) {
  const auto& waits = options_.webhook_limits.retry_waits;
  if (job.repeats < waits.size() && is_worth_repeating(answer) &&
      steady_now() + waits[job.repeats] < job.expires) {
    ++counters_.webhook_retries;
    job.pause.start_after(waits[job.repeats++]);
    return;
  }
  finish(job, std::move(answer));
}

void Webhook::finish(Job& job, Result<net::HttpResponse> answer) {
  auto ended = in_flight_.extract(&job);  // its timer or exchange may be calling us
  report(job.call, answer);
  job.done(std::move(answer));
  take_from_queue();
}

void Webhook::report(const WebhookCall& call, const Result<net::HttpResponse>& answer) {
  if (is_fine(call, answer)) {
    ++counters_.webhook_events;
    return;
  }
  ++counters_.webhook_failures;
  log_.burst(
      steady_now(), LogLevel::Warning, "hub.webhook_failed",
      "an event handler did not take an event",
      {{"hub", call.hub},
       {"event", call.event},
       {"url", redact_url(settings_.url_template)},
       {"reason", answer ? "status " + std::to_string(answer->status) : answer.error().message}});
}

// Not from within start(): a queue of hopeless events would go as deep as it is long.
void Webhook::take_from_queue() {
  if (taking_) return;
  taking_ = true;
  while (!queue_.empty() && in_flight_.size() < options_.webhook_limits.max_in_flight) {
    auto job = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= job->call.body.size();
    start(std::move(job));
  }
  taking_ = false;
}

OriginCheck& Webhook::check_of(const std::string& hub) {
  auto found = checks_.find(hub);
  if (found == checks_.end()) {
    // No more than max_in_flight are busy, so there is one to forget.
    if (checks_.size() >= kMaxChecks) {
      checks_.erase(std::find_if(checks_.begin(), checks_.end(),
                                 [](const auto& check) { return check.second->is_idle(); }));
    }
    found = checks_
                .emplace(hub, std::make_unique<OriginCheck>(
                                  loop_, options_, settings_.url(hub, "validate"), origin_))
                .first;
  }
  return *found->second;
}

}  // namespace webpubsub::hub
