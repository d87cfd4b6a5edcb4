// What waits of a rule, sent at once on request.

#include "bridge/uplink/uplink.h"

namespace gateway {

using webpubsub::LogLevel;
using webpubsub::steady_now;

QueueDrain::Begun Uplink::begin_drain(std::string_view rule) {
  drain();
  const auto number = lines_.find(rule);
  // Its batches would wait for company that the request does not ask for.
  if (auto* const line = number ? lines_.line(*number) : nullptr) line->close_all(closed_);
  pass_on_closed();
  const auto begun = queue_drain_.begin(rule);
  timer_.start_at(steady_now());
  return begun;
}

DrainFigures Uplink::look_at_drain(std::uint64_t number) { return queue_drain_.look(number); }

DrainFigures Uplink::end_drain(std::uint64_t number) { return queue_drain_.end(number); }

void Uplink::on_drain_changed() {
  const auto drained = queue_drain_.rule();
  feed_.set_drained(drained);
  waiting_.set_drained(drained);
  if (drained) return;
  const auto ended = queue_drain_.look(queue_drain_.number());
  const bool done = ended.state == DrainFigures::State::Done;
  log_.write(done ? LogLevel::Notice : LogLevel::Warning, "uplink.drained",
             done ? "what waited of a rule was sent on request"
                  : "what waited of a rule was to be sent on request, and was not all sent",
             {{"rule", ended.rule},
              {"count", std::to_string(ended.sent)},
              {"queue_depth", std::to_string(ended.waiting)}});
}

}  // namespace gateway
