#include "bridge/rules/window/window.h"

#include <algorithm>
#include <utility>

#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

constexpr std::int64_t kNever = INT64_MIN;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

std::string WindowFunction::name() const {
  switch (kind) {
    case Kind::Min:
      return "min";
    case Kind::Max:
      return "max";
    case Kind::Mean:
      return "mean";
    case Kind::Sum:
      return "sum";
    case Kind::Count:
      return "count";
    case Kind::First:
      return "first";
    case Kind::Last:
      return "last";
    case Kind::Rate:
      return "rate";
    case Kind::Duty:
      return "duty";
    case Kind::Percentile:
      break;
  }
  return percent == 50 ? "median" : "p" + format_number(percent);
}

Window::Window(WindowOptions options) : options_(std::move(options)) {
  for (const auto& field : options_.compute) {
    percentiles_.push_back(std::any_of(field.functions.begin(), field.functions.end(),
                                       [](const WindowFunction& function) {
                                         return function.kind == WindowFunction::Kind::Percentile;
                                       }));
  }
  values_.resize(options_.compute.size());
}

std::int64_t Window::step_of(std::int64_t time) const {
  return floor_divide(time, options_.every.count());
}

Window::Taken Window::take(const Origin& origin, const Sample& sample, std::int64_t time,
                           std::int64_t now, const Tell& tell) {
  // A clock that is ahead would keep its readings from being told.
  time = std::min(time, now);
  std::int64_t step = 0;
  if (options_.by_time()) {
    close_due(now, tell);
    if (next_step_ == kNever) next_step_ = step_of(now - options_.wait.count());
    step = step_of(time);
    if (step < next_step_) {
      if (options_.late == LateReadings::Drop) return Taken::Late;
      time = now;
      step = step_of(now);
    }
  }
  auto* key = key_for(origin, tell);
  if (key == nullptr) return Taken::Full;
  if (!options_.by_time()) step = key->panes.empty() ? 0 : key->panes.back().step;
  auto* pane = pane_for(*key, step, tell);
  if (pane == nullptr) return Taken::Full;
  add(*pane, sample, time);
  ++pending_;
  if (!options_.by_time() && pane->readings == options_.count) {
    tell_step(*key, step, tell);
    pane_for(*key, step + 1, tell);
    drop_panes(*key, step + 2 - panes());
  }
  return Taken::In;
}

Window::Key* Window::key_for(const Origin& origin, const Tell& tell) {
  if (const auto found = by_name_.find(origin.key); found != by_name_.end()) {
    if (!options_.by_time()) keys_.splice(keys_.end(), keys_, found->second);
    auto& key = *found->second;
    if (key.topic != origin.topic) key.topic = origin.topic;
    if (key.group != origin.group) key.group = origin.group;
    return &key;
  }
  if (keys_.size() >= kMaxKeys && options_.by_time()) return nullptr;
  if (!has_room() && options_.by_time()) return nullptr;
  if (keys_.size() >= kMaxKeys) tell_early(tell);
  keys_.push_back({.name = std::string(origin.key),
                   .topic = std::string(origin.topic),
                   .group = std::string(origin.group)});
  by_name_.emplace(keys_.back().name, std::prev(keys_.end()));
  return &keys_.back();
}

bool Window::has_room() const { return aggregates_ + options_.compute.size() <= kMaxAggregates; }

/// The key unheard of for longest.
void Window::tell_early(const Tell& tell) {
  finish(keys_.front(), tell);
  forget(keys_.begin());
}

/// By time: nullptr when there is no room for another one. By count other keys make room, and the
/// one at hand is the last in their list.
Window::Pane* Window::pane_for(Key& key, std::int64_t step, const Tell& tell) {
  auto& panes = key.panes;
  auto at = std::find_if(panes.rbegin(), panes.rend(), [&](const Pane& pane) {
              return pane.step <= step;
            }).base();
  if (at != panes.begin() && std::prev(at)->step == step) return &*std::prev(at);
  if (!has_room() && options_.by_time()) return nullptr;
  while (!has_room() && keys_.size() > 1) tell_early(tell);
  Pane pane{.step = step, .fields = std::vector<Aggregate>(options_.compute.size())};
  if (at != panes.begin()) {  // what was on at the end of one step is so at the begin of the next
    auto& before = *std::prev(at);
    const auto begin = options_.by_time() ? step * options_.every.count() : before.latest;
    for (std::size_t i = 0; i < pane.fields.size(); ++i) {
      if (const auto on = before.fields[i].on()) pane.fields[i].carry(*on, begin);
    }
  }
  aggregates_ += pane.fields.size();
  return &*panes.insert(at, std::move(pane));
}

void Window::add(Pane& pane, const Sample& sample, std::int64_t time) const {
  ++pane.readings;
  pane.latest = std::max(pane.latest, time);
  for (std::size_t i = 0; i < options_.compute.size(); ++i) {
    const auto* field = sample.find(options_.compute[i].field);
    if (field != nullptr) pane.fields[i].add(field->value, time, percentiles_[i]);
  }
}

void Window::close_due(std::int64_t now, const Tell& tell) {
  if (!options_.by_time() || next_step_ == kNever) return;
  const auto open = step_of(now - options_.wait.count());  // the first that is not over
  if (open + 1 < next_step_) {  // the clock was set back: what was told counts no more
    finish(tell);
    next_step_ = open;
  }
  while (next_step_ < open && !keys_.empty()) {
    for (auto key = keys_.begin(); key != keys_.end();) {
      tell_step(*key, next_step_, tell);
      drop_panes(*key, next_step_ + 2 - panes());
      key = key->panes.empty() ? forget(key) : std::next(key);
    }
    ++next_step_;
  }
  next_step_ = std::max(next_step_, open);
}

void Window::finish(const Tell& tell) {
  for (auto key = keys_.begin(); key != keys_.end(); key = forget(key)) finish(*key, tell);
}

void Window::finish(Key& key, const Tell& tell) {
  std::vector<std::int64_t> steps;
  if (options_.by_time()) {
    for (const auto& pane : key.panes) {
      if (pane.step >= next_step_) steps.push_back(pane.step);
    }
  } else if (key.panes.back().readings > 0) {
    steps.push_back(key.panes.back().step);
  }
  for (const auto step : steps) tell_step(key, step, tell);
}

/// Tells the window that ends with `step`, if there is anything in it.
void Window::tell_step(Key& key, std::int64_t step, const Tell& tell) {
  const auto end = (step + 1) * options_.every.count();
  std::vector<Aggregate> together;
  std::uint64_t readings = 0;
  std::int64_t latest = 0;
  bool any = false;
  for (auto& pane : key.panes) {
    if (pane.step > step) break;
    if (pane.step <= step - panes()) continue;
    if (pane.step == step) {
      if (options_.by_time()) {
        for (auto& field : pane.fields) field.end(end);
      }
      readings = pane.readings;
    }
    any = any || pane.readings > 0;
    latest = std::max(latest, pane.latest);
    if (together.empty()) {
      together = pane.fields;
    } else {
      for (std::size_t i = 0; i < together.size(); ++i) together[i].merge(pane.fields[i]);
    }
  }
  if (!any) return;
  pending_ -= readings;
  render(together);
  tell({.topic = key.topic,
        .group = key.group,
        .time = options_.by_time() ? end : latest,
        .sample = sample_,
        .json = json_,
        .readings = readings});
}

void Window::drop_panes(Key& key, std::int64_t before) {
  while (!key.panes.empty() && key.panes.front().step < before) {
    aggregates_ -= key.panes.front().fields.size();
    key.panes.pop_front();
  }
}

Window::Keys::iterator Window::forget(Keys::iterator key) {
  for (const auto& pane : key->panes) aggregates_ -= pane.fields.size();
  by_name_.erase(key->name);
  return keys_.erase(key);
}

void Window::render(std::vector<Aggregate>& fields) {
  sample_.fields.clear();
  sample_.bare = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& wanted = options_.compute[i];
    auto& text = values_[i];
    text.clear();
    if (wanted.bare) {
      fields[i].append(text, wanted.functions.front());
    } else {
      for (const auto& function : wanted.functions) {
        text += text.empty() ? '{' : ',';
        webpubsub::append_json_string(text, function.name());
        text += ':';
        fields[i].append(text, function);
      }
      text += '}';
    }
    // JSON as it stands; a number may be told as one where a format makes a difference.
    const bool number = wanted.bare && parse_number(text).has_value();
    sample_.fields.push_back(
        {wanted.field, {number ? Value::Kind::Number : Value::Kind::Json, text}});
  }
  json_.clear();
  append_json(json_, sample_);
}

std::optional<std::int64_t> Window::next_due() const {
  if (!options_.by_time() || keys_.empty()) return std::nullopt;
  return (next_step_ + 1) * options_.every.count() + options_.wait.count();
}

}  // namespace gateway
