#include "bridge/rules/jq/jq_worker.h"

#include "bridge/rules/jq/jq_engine.h"
#include "bridge/rules/jq/jq_process.h"

namespace gateway {

using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

constexpr unsigned kMostKills = 3;
constexpr auto kPause = std::chrono::seconds(10);
constexpr std::size_t kKeptAnswer = 256 * 1024;

}  // namespace

JqWorker::Ran JqWorker::run(const Decoded& readings, TimePoint now, Decoded& out) {
  if (now < paused_until_) return Ran::Killed;
  if (!child_ && !start()) return give_up(now);
  const auto ran = run_all(readings, out);
  if (answer_.capacity() > kKeptAnswer) answer_ = {};
  if (ran == Ran::Killed) return give_up(now);
  kills_ = 0;
  return ran;
}

/// One deadline for all: a message of many readings may not take the loop's time for each.
JqWorker::Ran JqWorker::run_all(const Decoded& readings, Decoded& out) {
  const auto deadline = steady_now() + program_.timeout;
  for (std::size_t i = 0; i < readings.size() && !out.overflowed(); ++i) {
    const auto ran = run_one(readings.json(i), readings.time(i), deadline, out);
    if (ran != Ran::Done) return ran;
    if (out.bytes() > JqEngine::kMaxBytes) return Ran::Failed;
  }
  return Ran::Done;
}

JqWorker::Ran JqWorker::run_one(std::string_view json, std::optional<std::int64_t> time,
                                TimePoint deadline, Decoded& out) {
  if (steady_now() >= deadline || !child_->exchange(json, answer_, deadline)) return Ran::Killed;
  std::string_view rest = answer_;
  if (rest.empty() || rest.front() != kJqDone) return Ran::Failed;
  rest.remove_prefix(1);
  while (rest.size() >= kJqLength) {
    const auto size = jq_length(rest);
    rest.remove_prefix(kJqLength);
    if (size > rest.size()) return Ran::Killed;
    out.begin() += rest.substr(0, size);
    out.end(time);
    rest.remove_prefix(size);
  }
  return Ran::Done;
}

bool JqWorker::start() {
  auto started = JqChild::start(program_);
  if (started) child_.emplace(std::move(*started));
  return child_.has_value();
}

/// What it knew is lost with it; one that is killed again and again only costs time.
JqWorker::Ran JqWorker::give_up(TimePoint now) {
  child_.reset();
  if (++kills_ >= kMostKills) {
    kills_ = 0;
    paused_until_ = now + kPause;
  }
  return Ran::Killed;
}

}  // namespace gateway
