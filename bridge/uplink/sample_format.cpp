#include "bridge/uplink/sample_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/base64.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

constexpr std::array<std::string_view, 7> kOwnMembers = {"topic",    "time",     "data", "tags",
                                                         "encoding", "retained", "units"};
constexpr std::string_view kLateFalse = ",\"late\":false,\"samples\":[";
constexpr std::size_t kLateOffset = std::string_view(",\"late\":").size();

template <class Integer>
void append_number(std::string& out, Integer number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  webpubsub::append_json_string(out, name);
  out += ':';
  webpubsub::append_json_string(out, value);
}

}  // namespace

SampleFormat::SampleFormat(const RuleOptions& rule, std::string_view gateway_id)
    : format_(rule.format),
      payload_(rewrites_payload(rule) ? PayloadType::Json : rule.payload),
      looked_into_(looks_into_payload(rule)) {
  for (const auto& conversion : rule.convert) {
    if (conversion.unit.empty()) continue;
    units_ += units_.empty() ? ",\"units\":{" : ",";
    append_member(units_, conversion.field, conversion.unit);
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
  if (payload_ == PayloadType::Binary) frame.before_data += ",\"encoding\":\"base64\"";
  frame.before_data += ",\"data\":";
  return frame;
}

std::size_t SampleFormat::open(std::string& out, std::uint64_t sequence) const {
  if (format_ == Format::Payloads) out += '[';
  if (format_ != Format::Samples) return 0;
  out += envelope_;
  append_number(out, sequence);
  const auto late_at = out.size() + kLateOffset;
  out += kLateFalse;
  return late_at;
}

bool SampleFormat::append(std::string& out, const Frame& frame, const Facts& facts,
                          std::string_view payload, bool first) const {
  const auto start = out.size();
  if (!first) out += ',';
  if (format_ == Format::Samples) {
    out += frame.before_time;
    append_number(out, facts.time);
    if (facts.retained) out += ",\"retained\":true";
    out += frame.before_data;
  }
  if (!append_payload(out, payload)) {
    out.resize(start);
    return false;
  }
  if (format_ == Format::Samples) out += '}';
  return true;
}

bool SampleFormat::append_payload(std::string& out, std::string_view payload) const {
  const bool as_it_is = format_ == Format::Payload;
  switch (payload_) {
    case PayloadType::Json:
      if (!looked_into_ && !webpubsub::is_valid_json(payload)) return false;
      out += payload;
      return true;
    case PayloadType::Text:
      if (!looked_into_ && !webpubsub::is_valid_utf8(payload)) return false;
      if (as_it_is) {
        out += payload;
      } else {
        webpubsub::append_json_string(out, payload);
      }
      return true;
    case PayloadType::Binary:
      if (as_it_is) {
        out += payload;
      } else {
        out += '"';
        webpubsub::base64_append(out, payload);
        out += '"';
      }
      return true;
  }
  return false;
}

void SampleFormat::close(std::string& out) const {
  if (format_ == Format::Samples) out += "]}";
  if (format_ == Format::Payloads) out += ']';
}

webpubsub::DataType SampleFormat::data_type() const noexcept {
  if (format_ != Format::Payload) return webpubsub::DataType::Json;
  switch (payload_) {
    case PayloadType::Json:
      return webpubsub::DataType::Json;
    case PayloadType::Text:
      return webpubsub::DataType::Text;
    case PayloadType::Binary:
      return webpubsub::DataType::Binary;
  }
  return webpubsub::DataType::Binary;
}

}  // namespace gateway
