#include "bridge/downlink/snapshot.h"

#include <algorithm>
#include <array>

#include "webpubsub/protocol/json_scan.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::DataType;
using webpubsub::JsonScan;
using webpubsub::JsonSlice;
using webpubsub::TimePoint;

namespace {

// Well below the service's 1 MB, and what it bills costs the same in any size.
constexpr std::size_t kPartBytes = 256 * 1024;
constexpr std::size_t kMaxRequest = 64 * 1024;
constexpr std::uint64_t kMaxParts = 16;    // at once; who wants more asks again
constexpr double kRequestsPerSecond = 20;  // of one sender: a page of a dashboard asks for parts

std::string text_of(const JsonSlice& value) {
  return value.is_string() ? webpubsub::json_unescape(value.text) : std::string();
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  json += ",\"";
  json += name;
  json += "\":";
  webpubsub::append_json_string(json, value);
}

}  // namespace

Snapshot::Snapshot(SnapshotOptions options, const std::vector<RuleOptions>& rules,
                   std::string gateway_id, LastValues& values, Tell tell)
    : options_(std::move(options)),
      gateway_id_(std::move(gateway_id)),
      values_(values),
      tell_(std::move(tell)),
      limits_(kRequestsPerSecond) {
  std::vector<std::string> kept;
  for (auto rule : rules) {
    if (!options_.enabled || !rule.snapshot) continue;
    kept.push_back(rule.name);
    rule.format = Format::Samples;
    SampleFormat format(rule, gateway_id_);
    rules_.push_back({std::move(rule), std::move(format)});
  }
  values_.keep_rules(kept);
}

bool Snapshot::take(const Origin& origin, const Data& data, TimePoint now) {
  if (!options_.enabled || data.type != DataType::Json || data.bytes.size() > kMaxRequest) {
    return false;
  }
  const bool asks_here = !origin.group || *origin.group == options_.group;
  if (!asks_here) return false;
  const auto request = parse(data);
  if (!request) return false;
  ++counters_.requests;
  const auto target = target_of(origin, *request);
  if (!target || !limits_.take(origin.sender, now)) {
    ++counters_.refused;
    // Who waits for a result gets one, with nothing in it.
    if (target && !origin.invocation.empty()) answer(origin, {.after = UINT64_MAX}, *target);
    return true;
  }
  answer(origin, *request, *target);
  return true;
}

std::optional<Snapshot::Request> Snapshot::parse(const Data& data) const {
  constexpr std::array<std::string_view, 5> kNames{"type", "groups", "after", "id", "reply_group"};
  std::array<JsonSlice, 5> values{};
  if (webpubsub::scan_json_object(data.bytes, kNames, values) != JsonScan::Found) {
    return std::nullopt;
  }
  if (text_of(values[0]) != options_.event) return std::nullopt;
  Request request{.id = text_of(values[3]), .reply_group = text_of(values[4])};
  if (auto groups = webpubsub::json_string_list(values[1])) request.groups = std::move(*groups);
  if (const auto after = webpubsub::json_uint64(values[2])) request.after = *after;
  return request;
}

/// To the asker alone: by way of the server, which knows who asked, or to a group of the asker's.
std::optional<AnswerTarget> Snapshot::target_of(const Origin& origin,
                                                const Request& request) const {
  if (!origin.group) {
    return AnswerTarget{.kind = AnswerTarget::Kind::Event, .name = options_.event + "-reply"};
  }
  const auto& group = request.reply_group;
  const bool fits = group.starts_with(options_.reply_groups) &&
                    group.size() > options_.reply_groups.size() && is_valid_group(group);
  if (!fits) return std::nullopt;
  return AnswerTarget{.kind = AnswerTarget::Kind::Group, .name = group};
}

void Snapshot::answer(const Origin& origin, const Request& request, const AnswerTarget& target) {
  // The result of an invocation is one message: what follows is asked for by the next one.
  const auto most = origin.invocation.empty() ? kMaxParts : 1;
  auto after = request.after;
  for (std::uint64_t number = 1; number <= most; ++number) {
    const auto part = make_part(request, after);
    ++counters_.parts;
    tell_({.to = target, .bytes = frame(origin, request, part, number, number == most)});
    after = part.last;
    if (!part.more) return;
  }
}

Snapshot::Part Snapshot::make_part(const Request& request, std::uint64_t after) {
  Part part{.last = after};
  std::string open;  // the rule and group whose samples stand last
  values_.each(after, [&](LastValue& value) {
    const auto& groups = request.groups;
    const bool wanted =
        groups.empty() || std::find(groups.begin(), groups.end(), value.group) != groups.end();
    if (part.batches.size() + value.bytes() > kPartBytes && !part.batches.empty()) {
      part.more = true;
      return false;
    }
    if (wanted) static_cast<void>(append(part.batches, value, open));
    part.last = value.number;
    return true;
  });
  if (!open.empty()) part.batches += "]}";
  return part;
}

const Snapshot::Rule* Snapshot::find_rule(std::string_view name) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const Rule& each) { return each.options.name == name; });
  return rule == rules_.end() ? nullptr : &*rule;
}

bool Snapshot::append(std::string& out, const LastValue& value, std::string& open) const {
  const auto* rule = find_rule(value.rule());
  const auto* pattern = rule == nullptr ? nullptr : rule->options.topics.pattern_of(value.topic());
  if (pattern == nullptr) return false;  // kept for rules that are different now
  std::string sample;
  const auto sample_frame = rule->format.frame_for(*pattern, value.topic());
  if (!rule->format.append(sample, sample_frame, {.time = value.time}, value.payload, true)) {
    return false;
  }
  const auto place = std::string(value.rule()) + ' ' + value.group;
  if (place == open) {
    out += ',';
  } else {
    out += open.empty() ? "{" : "]},{";
    out += "\"rule\":";
    webpubsub::append_json_string(out, value.rule());
    append_member(out, "group", value.group);
    out += ",\"samples\":[";
    open = place;
  }
  out += sample;
  return true;
}

std::string Snapshot::frame(const Origin& origin, const Request& request, const Part& part,
                            std::uint64_t number, bool last) const {
  std::string json = "{\"type\":";
  webpubsub::append_json_string(json, options_.event);
  json += ",\"v\":1,\"snapshot\":true";
  append_member(json, "gateway", gateway_id_);
  append_member(json, "id", request.id);
  append_member(json, "invocation", origin.invocation);
  append_member(json, "asker", origin.asker);
  json += ",\"part\":" + std::to_string(number);
  json += std::string(",\"more\":") + (part.more ? "true" : "false");
  if (last && part.more) json += ",\"next\":" + std::to_string(part.last);
  json += ",\"batches\":[" + part.batches + "]}";
  return json;
}

}  // namespace gateway
