#include "bridge/uplink/sample_format.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/base64.h"
#include "bridge/uplink/append_integer.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::DataType;

namespace {

constexpr std::array<std::string_view, 8> kOwnMembers = {"topic", "time",     "data",     "tags",
                                                         "skew",  "encoding", "retained", "units"};
constexpr std::string_view kLateFalse = ",\"late\":false,\"samples\":[";
constexpr std::size_t kLateOffset = std::string_view(",\"late\":").size();

void append_member(std::string& out, std::string_view name, std::string_view value) {
  webpubsub::append_json_string(out, name);
  out += ':';
  webpubsub::append_json_string(out, value);
}

/// What the payloads are when they get here.
DataType content_of(const RuleOptions& rule) {
  if (rewrites_payload(rule) || rule.payload == PayloadType::Json) return DataType::Json;
  return rule.payload == PayloadType::Text ? DataType::Text : DataType::Binary;
}

}  // namespace

SampleFormat::SampleFormat(const RuleOptions& rule, std::string_view gateway_id)
    : format_(rule.format),
      content_(content_of(rule)),
      looked_into_(looks_into_payload(rule)),
      gateway_id_(gateway_id),
      rule_(rule.name),
      object_(rule.object) {
  for (const auto& conversion : rule.convert) {
    if (conversion.unit.empty()) continue;
    units_ += units_.empty() ? ",\"units\":{" : ",";
    append_member(units_, conversion.field, conversion.unit);
    unit_names_.emplace_back(conversion.field, conversion.unit);
  }
  if (!units_.empty()) units_ += '}';
  envelope_ = "{\"v\":1,";
  append_member(envelope_, "gateway", gateway_id);
  envelope_ += ',';
  append_member(envelope_, "rule", rule.name);
  envelope_ += ",\"seq\":";
}

SampleFormat::Frame SampleFormat::frame_for(const TopicPattern& pattern,
                                            std::string_view topic) const {
  if (format_ == Format::Senml) return senml_frame(topic);
  if (format_ == Format::CloudEvents) return event_frame(topic);
  if (format_ == Format::Object) return object_frame(pattern, topic);
  Frame frame;
  if (format_ != Format::Samples) return frame;
  frame.before_time = "{";
  append_member(frame.before_time, "topic", topic);
  frame.before_time += ",\"time\":";

  std::vector<std::string_view> values;
  pattern.capture(topic, values);
  std::string tags;
  for (std::size_t i = 0; i < pattern.names().size(); ++i) {
    const std::string_view name = pattern.names()[i];
    const bool clashes =
        std::find(kOwnMembers.begin(), kOwnMembers.end(), name) != kOwnMembers.end();
    auto& out = clashes ? tags : frame.before_data;
    if (!clashes || !tags.empty()) out += ',';
    append_member(out, name, values[i]);
  }
  if (!tags.empty()) frame.before_data += ",\"tags\":{" + tags + "}";
  frame.before_data += units_;
  if (content_ == DataType::Binary) frame.before_data += ",\"encoding\":\"base64\"";
  frame.before_data += ",\"data\":";
  return frame;
}

std::size_t SampleFormat::open(std::string& out, std::uint64_t sequence) const {
  if (format_ == Format::Payload) return 0;
  if (format_ != Format::Samples) {
    out += '[';
    return 0;
  }
  out += envelope_;
  append_integer(out, sequence);
  const auto late_at = out.size() + kLateOffset;
  out += kLateFalse;
  return late_at;
}

bool SampleFormat::append(std::string& out, const Frame& frame, const Facts& facts,
                          std::string_view payload, bool first, const Sample* sample) const {
  const auto start = out.size();
  if (!first) out += ',';
  bool right = true;
  switch (format_) {
    case Format::Samples:
      append_sample_start(out, frame, facts);
      right = append_payload(out, payload);
      out += '}';
      break;
    case Format::Payload:
    case Format::Payloads:
      right = append_payload(out, payload);
      break;
    case Format::Senml:
      right = sample != nullptr && append_senml(out, frame, facts, *sample);
      break;
    case Format::CloudEvents:
      right = append_event(out, frame, facts, payload);
      break;
    case Format::Object:
      right = sample != nullptr;
      if (right) append_object(out, frame, facts, payload, *sample);
      break;
  }
  if (!right) out.resize(start);
  return right;
}

void SampleFormat::append_sample_start(std::string& out, const Frame& frame,
                                       const Facts& facts) const {
  out += frame.before_time;
  append_integer(out, facts.time);
  if (facts.skew != 0) {
    out += ",\"skew\":";
    append_integer(out, facts.skew);
  }
  if (facts.retained) out += ",\"retained\":true";
  out += frame.before_data;
}

bool SampleFormat::append_payload(std::string& out, std::string_view payload) const {
  const bool as_it_is = format_ == Format::Payload;
  switch (content_) {
    case DataType::Json:
      if (!looked_into_ && !webpubsub::is_valid_json(payload)) return false;
      out += payload;
      return true;
    case DataType::Text:
      if (!looked_into_ && !webpubsub::is_valid_utf8(payload)) return false;
      if (as_it_is) {
        out += payload;
      } else {
        webpubsub::append_json_string(out, payload);
      }
      return true;
    default:  // bytes
      if (as_it_is) {
        out += payload;
      } else {
        out += '"';
        webpubsub::base64_append(out, payload);
        out += '"';
      }
      return true;
  }
}

void SampleFormat::close(std::string& out) const {
  if (format_ == Format::Samples) out += "]}";
  if (format_ != Format::Samples && format_ != Format::Payload) out += ']';
}

DataType SampleFormat::data_type() const noexcept {
  return format_ == Format::Payload ? content_ : DataType::Json;
}

}  // namespace gateway
