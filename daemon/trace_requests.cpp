#include "daemon/trace_requests.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "daemon/logging/printable.h"

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::steady_now;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// How often those who wait are looked after: readings gather meanwhile, so that a busy rule costs a
// few answers a second.
constexpr std::chrono::milliseconds kLook{100};

void write(Writer& json, const char* key, std::string_view text) {
  json.Key(key);
  const auto valid = valid_utf8(text);
  json.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

void write(Writer& json, const char* key, std::uint64_t number) {
  json.Key(key);
  json.Uint64(number);
}

std::string_view name_of(TraceEntry::Outcome outcome) {
  switch (outcome) {
    case TraceEntry::Outcome::Batched:
      return "batched";
    case TraceEntry::Outcome::Windowed:
      return "windowed";
    case TraceEntry::Outcome::Waits:
      return "waits";
    case TraceEntry::Outcome::Filtered:
      return "filtered";
    case TraceEntry::Outcome::Dropped:
      return "dropped";
  }
  return "unknown";
}

void write_entry(Writer& json, const TraceEntry& entry, bool payload) {
  json.StartObject();
  write(json, "number", entry.number);
  json.Key("time");
  json.Int64(entry.time);
  write(json, "topic", entry.topic);
  write(json, "outcome", name_of(entry.outcome));
  const bool batched = entry.outcome == TraceEntry::Outcome::Batched;
  if (!entry.detail.empty()) write(json, batched ? "group" : "reason", entry.detail);
  write(json, "readings", entry.readings);
  if (payload) write(json, "payload", entry.payload);
  json.EndObject();
}

}  // namespace

TraceRequests::TraceRequests(webpubsub::net::EventLoop& loop, Uplink& uplink,
                             ReadingTrace::Excerpt excerpt)
    : uplink_(uplink), excerpt_(std::move(excerpt)), timer_(loop, [this] { look(); }) {}

void TraceRequests::ask(const TraceRequest& request, Done done) {
  const bool is_on = uplink_.trace().is_on();
  const bool begins = request.after == 0;
  if (!begins && is_on && request.rule != rule_) {
    return done(Error{Errc::Unavailable, "the readings of rule " + rule_ + " are watched by now"});
  }
  payloads_ = request.payload || (payloads_ && is_on && request.rule == rule_);
  if (!uplink_.begin_trace(request.rule, payloads_ ? excerpt_ : nullptr)) {
    return done(Error{Errc::NotFound, "no rule " + request.rule + " is at work here"});
  }
  rule_ = request.rule;
  asked_ = steady_now();
  if (!timer_.deadline()) timer_.start_after(kLook);
  if (!begins) {
    waiting_.push_back({request, asked_ + kWait, std::move(done)});
    return;
  }
  auto first = request;
  first.after = uplink_.trace().last();
  done(data_for(first));
}

/// Whoever is answered may ask again at once.
void TraceRequests::look() {
  const auto now = steady_now();
  if (!waiting_.empty()) asked_ = now;
  if (now >= asked_ + kUnasked) {
    uplink_.end_trace();
    return;
  }
  timer_.start_after(kLook);
  const auto first =
      std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Waiting& each) {
        const bool over = now >= each.until || each.request.rule != rule_;
        return !over && !uplink_.trace().has_after(each.request.after);
      });
  const std::vector<Waiting> ready(std::make_move_iterator(first),
                                   std::make_move_iterator(waiting_.end()));
  waiting_.erase(first, waiting_.end());
  for (const auto& each : ready) {
    if (each.request.rule == rule_) {
      each.done(data_for(each.request));
    } else {
      each.done(Error{Errc::Unavailable, "the readings of rule " + rule_ + " are watched by now"});
    }
  }
}

/// What came between two traces nobody knows: that is no count of readings missed.
std::string TraceRequests::data_for(const TraceRequest& request) {
  auto& trace = uplink_.trace();
  const bool begun = request.after < trace.began();
  const auto part = trace.after(std::max(request.after, trace.began()),
                                std::min<std::uint64_t>(request.limit, ReadingTrace::kMost));
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.StartObject();
  json.Key("entries");
  json.StartArray();
  for (const auto* entry : part.entries) write_entry(json, *entry, request.payload);
  json.EndArray();
  write(json, "last", part.last);
  write(json, "missed", part.missed);
  json.Key("unseen");
  json.StartObject();
  const auto unseen = uplink_.unseen_since_trace();
  for (std::size_t reason = 0; reason < unseen.size(); ++reason) {
    if (unseen[reason] == 0) continue;
    write(json, std::string(to_string(static_cast<DropReason>(reason))).c_str(), unseen[reason]);
  }
  json.EndObject();
  if (begun) {
    json.Key("begun");
    json.Bool(true);
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace gateway
