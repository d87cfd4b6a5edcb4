// Which rules are at work in the uplink.

#include "bridge/uplink/uplink.h"

namespace gateway {

using webpubsub::steady_now;

namespace {

RouteTable make_routes(const std::vector<RuleOptions>& rules,
                       const std::vector<std::uint32_t>& numbers) {
  std::vector<RouteTable::Route> routes;
  routes.reserve(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& pattern : rules[i].topics.patterns()) {
      routes.push_back({pattern.filter(), numbers[i]});
    }
    for (const auto& filter : rules[i].topics.except()) {
      routes.push_back({filter, numbers[i], true});
    }
  }
  return RouteTable(routes);
}

}  // namespace

void Uplink::reload(const std::string& gateway_id, std::vector<RuleOptions> rules,
                    UplinkOptions options) {
  if (options.effective_pace() != options_.effective_pace()) {
    pacer_ = Pacer(options.effective_pace(), steady_now());
  }
  gate_.set_limits(options.rate_limit);
  options_ = options;
  buffers_.set_max_bytes(options.spare());
  intake_.set_max_bytes(options.share());
  live_.set_limits({options.share(), options.max_batches, Outbox::kLiveWindow});
  acknowledged_.set_limits({options.share(), options.max_batches, options.window});
  waiting_.set_max_bytes(options.share());
  durable_.set_limits({options.max_bytes, options.max_batches, options.window});
  for (auto* outbox : {&live_, &acknowledged_, &durable_}) outbox->end_pauses();
  set_rules(gateway_id, std::move(rules));
  come_round();
}

// In this order: what was routed by the old table goes through the old lines, and nothing that is
// routed by the new one is looked at before the new lines stand.
void Uplink::set_rules(const std::string& gateway_id, std::vector<RuleOptions> rules) {
  note_lingering(rules);
  auto before = counts();
  before.rules.resize(lines_.size());
  std::vector<std::uint32_t> freed;
  const auto numbers = lines_.number(rules, before.rules, freed);
  for (const auto number : freed) static_cast<void>(intake_.take_counts(number));
  const auto now = steady_now();
  intake_.set_routes(
      make_routes(rules, numbers), lines_.size(), feed_.queues_for(rules, numbers),
      [this, now](const Reading& reading) { take(reading, now); }, links_for(rules, numbers));
  waiting_.set_rules(rules, numbers, [this, now](const Reading& reading) { take(reading, now); });
  lines_.replace(std::move(rules), numbers, gateway_id, closed_);
  kept_.resize(lines_.size());
  feed_.set_rules(freed, now, closed_);
  pass_on_closed();
}

void Uplink::on_store_changed() {
  gate_.recall();
  if (feed_.missed_rules()) {
    feed_.set_rules({}, steady_now(), closed_);
    if (online_) feed_.on_link_up();
    intake_.set_queues(feed_.queues());
  }
  come_round();
}

std::vector<MqttSubscription> Uplink::subscriptions() const {
  std::vector<MqttSubscription> result;
  for (const auto& each : plan_subscriptions(wanted())) {
    result.push_back({each.filter.text(), each.qos, each.retained});
  }
  return result;
}

}  // namespace gateway
