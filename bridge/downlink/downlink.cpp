#include "bridge/downlink/downlink.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "bridge/billing.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::Duration;
using webpubsub::Errc;
using webpubsub::Offer;
using webpubsub::Result;
using webpubsub::steady_now;
using webpubsub::TimePoint;
using webpubsub::TokenBucket;
using webpubsub::wall_now;

namespace {

constexpr std::size_t kMaxRemoved = 100;  // rules whose counters are kept
// What fills the broker's window need not be commands, whose end would tell of room.
constexpr std::chrono::milliseconds kRetry{50};

CommandEnd end_of(const Result<void>& result) {
  if (result) return {.outcome = Outcome::Delivered};
  switch (result.error().code) {
    case Errc::Unavailable:
    case Errc::Timeout:
      return failed(Reason::Offline);
    case Errc::Cancelled:
      return failed(Reason::Stopped);
    case Errc::ResourceExhausted:
      return failed(Reason::Busy);
    default:
      return failed(Reason::Refused);
  }
}

std::vector<std::string> groups_of(const std::vector<CommandOptions>& commands) {
  std::vector<std::string> groups;
  for (const auto& command : commands) {
    if (command.from_group) groups.push_back(*command.from_group);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

std::vector<TopicFilter> reply_filters_of(const std::vector<CommandOptions>& commands) {
  std::vector<TopicFilter> filters;
  for (const auto& command : commands) {
    if (command.reply && command.reply->topic) filters.push_back(filter_of(*command.reply->topic));
  }
  return filters;
}

/// Whether each command has a reply topic of its own, because its id is in it.
bool names_the_command(const CommandOptions& command) {
  const auto& parts = command.reply->topic->parts();
  return !command.id.empty() && std::any_of(parts.begin(), parts.end(), [&](const auto& part) {
    return !part.literal && part.text == command.id;
  });
}

}  // namespace

Downlink::Downlink(webpubsub::net::EventLoop& loop, const std::vector<CommandOptions>& commands,
                   std::string gateway_id, MqttEngine& mqtt, webpubsub::Log& log,
                   DownlinkOptions options)
    : mqtt_(mqtt),
      options_(options),
      rules_({}, ""),
      ids_(options.max_ids),
      answers_({}, counters_, log),
      audit_(log),
      timer_(loop, [this] { end_overdue(); }),
      retry_(loop, [this] {
        publish_waiting();
        schedule();
      }) {
  reload(commands, std::move(gateway_id));
}

void Downlink::reload(const std::vector<CommandOptions>& commands, std::string gateway_id) {
  gateway_id_ = gateway_id;
  rules_ = CommandRules(commands, std::move(gateway_id));
  groups_ = groups_of(commands);
  reply_filters_ = reply_filters_of(commands);
  std::vector<State> states;
  states.reserve(commands.size());
  for (const auto& command : commands) {
    states.push_back({.counter = counter_for(command.name, commands),
                      .limit = TokenBucket(command.rate_limit, steady_now()),
                      .senders = SenderLimits(command.sender_rate_limit)});
  }
  states_ = std::move(states);
}

/// Its own, or a new one, or when many rules were removed the one of such a rule.
std::size_t Downlink::counter_for(const std::string& name,
                                  const std::vector<CommandOptions>& commands) {
  auto& all = counters_.rules;
  const auto own = std::find_if(all.begin(), all.end(),
                                [&](const auto& counter) { return counter.name == name; });
  if (own != all.end()) return static_cast<std::size_t>(own - all.begin());
  if (all.size() >= commands.size() + kMaxRemoved) {
    const auto spare = std::find_if(all.begin(), all.end(), [&](const auto& counter) {
      return counter.counts.pending == 0 &&
             std::none_of(commands.begin(), commands.end(),
                          [&](const auto& command) { return command.name == counter.name; });
    });
    if (spare != all.end()) {
      *spare = {.name = name};
      return static_cast<std::size_t>(spare - all.begin());
    }
  }
  all.push_back({.name = name});
  return all.size() - 1;
}

void Downlink::keep_ids(IdStore& store) {
  ids_.use(store, {.steady = steady_now(), .wall = wall_now()});
}

DownlinkCounters Downlink::counters() const {
  auto counters = counters_;
  counters.forgotten_ids = ids_.forgotten();
  return counters;
}

void Downlink::on_message(Origin origin, const Data& data) {
  ++counters_.received;
  counters_.billable += billable_units(data.bytes.size());
  if (data.bytes.size() > options_.max_message) {
    refuse(nullptr, origin, rejected(Reason::TooLarge));
    return;
  }
  const CommandSource source{.group = origin.group, .invoked = !origin.invocation.empty()};
  auto found = rules_.match(source, data);
  if (const auto* reason = std::get_if<Reason>(&found)) {
    refuse(nullptr, origin, rejected(*reason));
    return;
  }
  const auto& match = std::get<CommandRules::Match>(found);
  const auto now = steady_now();
  auto decision = decide(match, origin, data, now);
  if (const auto* end = std::get_if<CommandEnd>(&decision)) {
    refuse(&match, origin, *end);
  } else {
    accept(match, std::move(origin), std::get<Command>(std::move(decision)), now);
  }
}

// What costs least comes first, so that a flood is turned away cheaply.
Downlink::Decision Downlink::decide(const CommandRules::Match& match, const Origin& origin,
                                    const Data& data, TimePoint now) {
  const auto& rule = rules_.options(match.rule);
  auto& state = states_[match.rule];
  if (data.bytes.size() > rule.max_size) return rejected(Reason::TooLarge);
  const bool too_often = (rule.sender_rate_limit > 0 && !state.senders.take(origin.sender, now)) ||
                         (rule.rate_limit > 0 && !state.limit.take(now));
  if (too_often) return rejected(Reason::RateLimited);
  auto made = rules_.make(match, data, wall_now());
  if (const auto* end = std::get_if<CommandEnd>(&made)) return *end;
  return admit(match, std::get<Command>(std::move(made)), now);
}

Downlink::Decision Downlink::admit(const CommandRules::Match& match, Command command,
                                   TimePoint now) {
  const auto& rule = rules_.options(match.rule);
  if (rule.dry_run) return rejected(Reason::DryRun);
  if (flights_.size() >= options_.max_flights) return failed(Reason::Busy);
  const bool remembers = !command.id.empty() && rule.remember.count() > 0;
  if (remembers && !ids_.add(rule.name, command.id, rule.remember, {now, wall_now()})) {
    return CommandEnd{.outcome = Outcome::Duplicate};
  }
  return command;
}

void Downlink::accept(const CommandRules::Match& match, Origin origin, Command command,
                      TimePoint now) {
  const auto& rule = rules_.options(match.rule);
  auto& publication = command.publication;
  Flight flight{.counter = states_[match.rule].counter,
                .rule = rule.name,
                .id = std::move(command.id),
                .origin = std::move(origin),
                .topic = publication.topic,
                .began = now};
  flight.remembered = !flight.id.empty() && rule.remember.count() > 0;
  if (command.time_left) {
    flight.due = now + *command.time_left;
    if (publication.expiry.count() == 0) {
      publication.expiry = std::chrono::ceil<std::chrono::seconds>(*command.time_left);
    }
  }
  if (rule.reply) flight.answer_to = rule.reply->to;
  if (!command.reply_topic.empty()) {
    flight.reply_topic = std::move(command.reply_topic);
    flight.correlation = webpubsub::random_id();
    flight.reply_id = rule.reply->id;
    flight.topic_is_its_own = names_the_command(rule);
    flight.timeout = rule.reply->timeout;
    publication.response_topic = flight.reply_topic;
    publication.correlation_data = flight.correlation;
  }
  // Counted before it is offered: its end may come at once.
  ++counters_.total.pending;
  ++counters_.rules[flight.counter].counts.pending;
  const auto number = flights_.add(std::move(flight));
  if (waiting_.empty()) {
    publish(number, std::move(publication));
  } else {
    waiting_bytes_ += publication.payload.size();
    waiting_.emplace_back(number, std::move(publication));
  }
  if (waiting_.size() > options_.max_waiting || waiting_bytes_ > options_.max_waiting_bytes) {
    waiting_bytes_ -= waiting_.back().second.payload.size();
    const auto last = waiting_.back().first;
    waiting_.pop_back();
    finish(last, failed(Reason::Busy));
  }
  schedule();
}

void Downlink::publish(Flights::Number number, MqttPublication publication) {
  auto* const flight = flights_.find(number);
  if (flight == nullptr) return;  // over while it waited
  const auto offer = mqtt_.publish(
      publication, [self = std::weak_ptr<Downlink*>(self_), number](const Result<void>& result) {
        if (const auto downlink = self.lock()) (*downlink)->published(number, result);
      });
  if (offer == Offer::Offline) {
    finish(number, failed(Reason::Offline));
  } else if (offer == Offer::Full) {
    waiting_bytes_ += publication.payload.size();
    waiting_.emplace_front(number, std::move(publication));
  } else {
    flight->published = true;
    const bool waits = !flight->reply_topic.empty();
    flights_.set_due(number, waits ? steady_now() + flight->timeout : TimePoint::max());
  }
}

void Downlink::publish_waiting() {
  while (!waiting_.empty()) {
    auto [number, publication] = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= publication.payload.size();
    const auto before = waiting_.size();
    publish(number, std::move(publication));
    if (waiting_.size() > before) return;  // no room yet
  }
}

void Downlink::published(Flights::Number number, const Result<void>& result) {
  if (const auto* flight = flights_.find(number)) {
    const bool waits = !flight->reply_topic.empty();
    // The link went first: the broker may have it all the same, and the device's reply will tell.
    const bool unsure = !result && result.error().code == Errc::Unavailable;
    if (!waits || (!result && !unsure)) finish(number, end_of(result));
  }
  publish_waiting();
  schedule();
}

void Downlink::on_reply(const MqttReply& reply) {
  const auto number = flights_.match(reply);
  if (!number) {
    ++counters_.late_replies;
    return;
  }
  finish(*number, {.outcome = Outcome::Replied}, &reply.payload);
  schedule();
}

void Downlink::end_overdue() {
  const auto now = steady_now();
  while (const auto number = flights_.overdue(now)) {
    const bool published = flights_.find(*number)->published;
    finish(*number, {.outcome = published ? Outcome::TimedOut : Outcome::Expired});
  }
  schedule();
}

void Downlink::schedule() {
  const auto due = flights_.next_due();
  if (due == TimePoint::max()) {
    timer_.cancel();
  } else {
    timer_.start_at(due);
  }
  if (waiting_.empty()) {
    retry_.cancel();
  } else if (!retry_.deadline()) {
    retry_.start_after(kRetry);
  }
}

void Downlink::give_up() {
  waiting_.clear();
  waiting_bytes_ = 0;
  while (const auto number = flights_.first()) finish(*number, failed(Reason::Stopped));
}

void Downlink::finish(Flights::Number number, CommandEnd end, const std::string* reply) {
  const auto flight = flights_.take(number);
  const auto duration = steady_now() - flight.began;
  durations_.observe(duration);
  --counters_.total.pending;
  --counters_.rules[flight.counter].counts.pending;
  counters_.total.add(end);
  counters_.rules[flight.counter].counts.add(end);
  // Never given to the broker: whoever sent it may try again.
  if (flight.remembered && !flight.published) ids_.remove(flight.rule, flight.id);
  audit_.ended(flight, end, duration);
  answer(flight, end, duration, reply);
}

void Downlink::refuse(const CommandRules::Match* match, const Origin& origin, CommandEnd end) {
  counters_.total.add(end);
  Flight flight{.origin = origin};
  if (match != nullptr) {
    const auto& rule = rules_.options(match->rule);
    counters_.rules[states_[match->rule].counter].counts.add(end);
    flight.rule = rule.name;
    flight.id = rules_.id_of(*match);
    if (rule.reply) flight.answer_to = rule.reply->to;
  }
  audit_.refused(flight, end);
  // A flood must not push the answers to others out.
  if (!answers_.is_crowded()) answer(flight, end, Duration(0), nullptr);
}

void Downlink::answer(const Flight& flight, CommandEnd end, Duration duration,
                      const std::string* reply) {
  auto to = flight.answer_to;
  if (!flight.origin.invocation.empty() || !flight.origin.asker.empty()) {
    to = {.kind = AnswerTarget::Kind::Event, .name = std::string(kReplyEvent)};
  }
  if (to.kind == AnswerTarget::Kind::None) return;
  const CommandAnswer answer{
      .gateway = gateway_id_,
      .rule = flight.rule,
      .id = flight.id,
      .topic = flight.topic,
      .invocation = flight.origin.invocation,
      .asker = flight.origin.asker,
      .end = end,
      .duration = std::chrono::duration_cast<std::chrono::microseconds>(duration),
      .reply = reply};
  answers_.push({.to = std::move(to), .bytes = answer_text(answer)}, steady_now());
}

}  // namespace gateway
