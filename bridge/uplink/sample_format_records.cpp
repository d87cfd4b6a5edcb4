// The formats that others have a word for: SenML, CloudEvents, and objects that a rule lays out.

#include <algorithm>

#include "bridge/rules/timestamp.h"
#include "bridge/uplink/append_integer.h"
#include "bridge/uplink/sample_format.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::append_json_string;
using webpubsub::DataType;

namespace {

/// `text` with what a name of SenML may not have (RFC 8428, 4.5.1) as '_'.
std::string senml_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    const bool right = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-:./_").find(c) != std::string_view::npos;
    if (!right) c = '_';
  }
  return name;
}

/// `text` with what a URI's path may not have as percent and digits.
std::string uri_path(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string path;
  for (const char c : text) {
    const bool right = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (right) {
      path += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      path += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
    }
  }
  return path;
}

/// Milliseconds as seconds: "1763690400.123".
void append_seconds(std::string& out, std::int64_t milliseconds) {
  append_integer(out, milliseconds / 1000);
  const auto rest = milliseconds % 1000;
  if (rest == 0) return;
  out += '.';
  out += static_cast<char>('0' + rest / 100);
  out += static_cast<char>('0' + rest / 10 % 10);
  out += static_cast<char>('0' + rest % 10);
}

}  // namespace

std::string SampleFormat::unit_of(std::string_view field) const {
  const auto found = std::find_if(unit_names_.begin(), unit_names_.end(),
                                  [&](const auto& each) { return each.first == field; });
  return found == unit_names_.end() ? std::string() : found->second;
}

SampleFormat::Frame SampleFormat::senml_frame(std::string_view topic) const {
  auto name = senml_name(topic);
  // A name begins with a letter or digit.
  if (!name.empty() && std::string_view("-:./_").find(name.front()) != std::string_view::npos) {
    name.insert(0, "mqtt:");
  }
  Frame frame{.before_time = "{\"bn\":"};
  append_json_string(frame.before_time, name + '/');
  frame.before_time += ",\"bt\":";
  return frame;
}

/// One record for each number, text and truth value; what is none of these SenML cannot say.
bool SampleFormat::append_senml(std::string& out, const Frame& frame, const Facts& facts,
                                const Sample& sample) const {
  bool first = true;
  for (const auto& field : sample.fields) {
    const auto kind = field.value.kind;
    const bool said =
        kind == Value::Kind::Number || kind == Value::Kind::Text || kind == Value::Kind::Bool;
    if (!said) continue;
    if (first) {
      out += frame.before_time;
      append_seconds(out, facts.time);
      out += ',';
    } else {
      out += ",{";
    }
    first = false;
    out += "\"n\":";
    append_json_string(out, senml_name(field.name));
    if (const auto unit = unit_of(field.name); !unit.empty()) {
      out += ",\"u\":";
      append_json_string(out, unit);
    }
    out += kind == Value::Kind::Number ? ",\"v\":"
           : kind == Value::Kind::Text ? ",\"vs\":"
                                       : ",\"vb\":";
    append_json(out, field.value);
    out += '}';
  }
  return !first;
}

SampleFormat::Frame SampleFormat::event_frame(std::string_view topic) const {
  Frame frame{.before_time =
                  "{\"specversion\":\"1.0\",\"type\":\"webpubsub-gateway.reading\","
                  "\"source\":"};
  append_json_string(frame.before_time,
                     "/gateways/" + uri_path(gateway_id_) + "/rules/" + uri_path(rule_));
  frame.before_time += ",\"subject\":";
  append_json_string(frame.before_time, topic);
  frame.before_time += ",\"id\":\"";
  const auto type = content_ == DataType::Json   ? "application/json"
                    : content_ == DataType::Text ? "text/plain; charset=utf-8"
                                                 : "application/octet-stream";
  frame.before_data = "\",\"datacontenttype\":\"" + std::string(type) + "\",\"" +
                      (content_ == DataType::Binary ? "data_base64" : "data") + "\":";
  return frame;
}

/// Ids do not come again after a restart: they hold the time, too.
bool SampleFormat::append_event(std::string& out, const Frame& frame, const Facts& facts,
                                std::string_view payload) const {
  out += frame.before_time;
  append_integer(out, facts.time);
  out += '-';
  append_integer(out, facts.number);
  out += "\",\"time\":\"";
  out += format_timestamp(facts.time);
  out += frame.before_data;
  if (!append_payload(out, payload)) return false;
  out += '}';
  return true;
}

SampleFormat::Frame SampleFormat::object_frame(const TopicPattern& pattern,
                                               std::string_view topic) const {
  std::vector<std::string_view> captured;
  pattern.capture(topic, captured);
  const auto& names = pattern.variables();
  const auto value_of = [&](std::string_view variable) -> std::string_view {
    if (variable == "gateway.id") return gateway_id_;
    const auto found = std::find(names.begin(), names.end(), variable);
    if (found != names.end()) return captured[static_cast<std::size_t>(found - names.begin())];
    return variable == "rule" ? std::string_view(rule_) : topic;
  };
  Frame frame{.pieces = {""}};
  for (const auto& member : object_) {
    auto& piece = frame.pieces.back();
    piece += frame.pieces.size() == 1 && piece.empty() ? '{' : ',';
    append_json_string(piece, member.name);
    piece += ':';
    if (member.source == ObjectMember::Source::Constant) {
      append_json(piece, member.constant.view());
    } else if (member.source == ObjectMember::Source::Text) {
      std::string text;
      for (const auto& part : member.text.parts()) {
        text += part.literal ? std::string_view(part.text) : value_of(part.text);
      }
      append_json_string(piece, text);
    } else {
      frame.pieces.emplace_back();
    }
  }
  frame.pieces.back() += '}';
  return frame;
}

void SampleFormat::append_object(std::string& out, const Frame& frame, const Facts& facts,
                                 std::string_view payload, const Sample& sample) const {
  std::size_t piece = 0;
  out += frame.pieces[piece];
  for (const auto& member : object_) {
    switch (member.source) {
      case ObjectMember::Source::Field: {
        const auto* field = sample.find(member.field);
        append_json(out, field == nullptr ? Value{} : field->value);
        break;
      }
      case ObjectMember::Source::Data:
        if (content_ == DataType::Json) {
          out += payload;
        } else {
          append_json(out, sample);
        }
        break;
      case ObjectMember::Source::Time:
        append_integer(out, facts.time);
        break;
      case ObjectMember::Source::Text:
      case ObjectMember::Source::Constant:
        continue;
    }
    out += frame.pieces[++piece];
  }
}

}  // namespace gateway
