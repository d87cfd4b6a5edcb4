#include "bridge/uplink/reading_trace.h"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

/// The beginning of `text`, with no character halved.
std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

}  // namespace

void ReadingTrace::begin(std::uint32_t rule, Excerpt excerpt) {
  if (rule_ != rule) {
    entries_.clear();
    since_asked_ = 0;
    began_ = ++last_;  // a number of its own, told apart from the last one of the trace before
  }
  rule_ = rule;
  excerpt_ = std::move(excerpt);
}

void ReadingTrace::end() {
  rule_ = kNone;
  excerpt_ = nullptr;
  std::deque<TraceEntry>().swap(entries_);
}

ForwardWatcher* ReadingTrace::watch(const Reading* reading, ForwardWatcher* beside) {
  reading_ = reading;
  beside_ = beside;
  told_ = false;
  return this;
}

bool ReadingTrace::finish() {
  reading_ = nullptr;
  beside_ = nullptr;
  return !told_;
}

void ReadingTrace::tell(TraceEntry::Outcome outcome, std::string_view detail,
                        std::uint64_t readings) {
  if (reading_ == nullptr) return;
  add(reading_->time, reading_->topic, reading_->payload, outcome, detail, readings);
  told_ = true;
}

void ReadingTrace::on_seen(std::string_view device, webpubsub::TimePoint arrived) {
  if (beside_ != nullptr) beside_->on_seen(device, arrived);
}

/// What a window tells is another topic's text, though it may read the same.
void ReadingTrace::on_forwarded(const ForwardedReading& reading) {
  if (beside_ != nullptr) beside_->on_forwarded(reading);
  const bool is_result = reading_ == nullptr || reading.topic.data() != reading_->topic.data();
  const auto payload = is_result ? reading.payload : reading_->payload;
  const auto time = is_result ? reading.time : reading_->time;
  add(time, reading.topic, payload, TraceEntry::Outcome::Batched, reading.group, reading.readings);
  told_ = told_ || !is_result;
}

/// What becomes of several readings of one message alike is one entry.
void ReadingTrace::add(std::int64_t time, std::string_view topic, std::string_view payload,
                       TraceEntry::Outcome outcome, std::string_view detail,
                       std::uint64_t readings) {
  if (told_ && !entries_.empty() && entries_.back().number == last_) {
    auto& same = entries_.back();
    if (same.outcome == outcome && same.topic == cut(topic, kMostTopic) &&
        same.detail == cut(detail, kMostDetail)) {
      same.readings += readings;
      return;
    }
  }
  ++last_;
  if (since_asked_ >= kMost) return;
  ++since_asked_;
  if (entries_.size() >= kMost) entries_.pop_front();
  entries_.push_back({.number = last_,
                      .time = time,
                      .topic = cut(topic, kMostTopic),
                      .outcome = outcome,
                      .detail = cut(detail, kMostDetail),
                      .readings = readings,
                      .payload = excerpt_ ? cut(excerpt_(payload), kMostPayload) : std::string()});
}

ReadingTrace::Part ReadingTrace::after(std::uint64_t number, std::size_t most) {
  since_asked_ = 0;
  Part part{.last = number};
  auto entry = std::upper_bound(
      entries_.begin(), entries_.end(), number,
      [](std::uint64_t sought, const TraceEntry& each) { return sought < each.number; });
  for (; entry != entries_.end() && part.entries.size() < most; ++entry) {
    part.entries.push_back(&*entry);
  }
  if (entry != entries_.end()) {
    part.last = part.entries.empty() ? number : part.entries.back()->number;
  } else {
    part.last = std::max(last_, number);
  }
  part.missed = part.last - number - part.entries.size();
  return part;
}

}  // namespace gateway
