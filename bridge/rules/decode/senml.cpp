#include "bridge/rules/decode/senml.h"

#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "bridge/rules/decode/cbor.h"
#include "bridge/rules/decode/json_builder.h"

namespace gateway {

namespace {

constexpr double kKnownVersion = 10;         // RFC 8428, 4.4
constexpr double kAbsoluteFrom = 268435456;  // 2^28: smaller times are relative to now (4.5.3)
constexpr double kLatest = 1e14;             // seconds; beyond it milliseconds overflow

/// What the number of a key stands for in CBOR (RFC 8428, table 4).
std::string_view label(std::int64_t number) {
  constexpr std::int64_t kFirst = -6;
  constexpr std::array<std::string_view, 15> kLabels = {
      "bs", "bv", "bu", "bt", "bn", "bver", "n", "u", "v", "vs", "vb", "s", "t", "ut", "vd"};
  if (number < kFirst || number >= kFirst + static_cast<std::int64_t>(kLabels.size())) return {};
  return kLabels[static_cast<std::size_t>(number - kFirst)];
}

/// The fields of one record as they stand.
struct Record {
  Value version{}, base_name{}, base_time{}, base_unit{}, base_value{}, base_sum{};
  Value name{}, unit{}, value{}, text{}, boolean{}, data{}, sum{}, time{};
};

bool take(Value& field, const Value& value, Value::Kind kind) {
  field = value;
  return value.kind == kind;
}

/// False for a field of the wrong kind, and for one that must be understood and is not.
bool read_field(Record& record, std::string_view key, const Value& value) {
  using Kind = Value::Kind;
  if (key == "bver") return take(record.version, value, Kind::Number);
  if (key == "bn") return take(record.base_name, value, Kind::Text);
  if (key == "bt") return take(record.base_time, value, Kind::Number);
  if (key == "bu") return take(record.base_unit, value, Kind::Text);
  if (key == "bv") return take(record.base_value, value, Kind::Number);
  if (key == "bs") return take(record.base_sum, value, Kind::Number);
  if (key == "n") return take(record.name, value, Kind::Text);
  if (key == "u") return take(record.unit, value, Kind::Text);
  if (key == "v") return take(record.value, value, Kind::Number);
  if (key == "vs") return take(record.text, value, Kind::Text);
  if (key == "vb") return take(record.boolean, value, Kind::Bool);
  if (key == "vd") return take(record.data, value, Kind::Text);
  if (key == "s") return take(record.sum, value, Kind::Number);
  if (key == "t") return take(record.time, value, Kind::Number);
  return !key.ends_with('_');
}

/// What the records so far say for those to come.
struct Bases {
  std::string_view name{};
  std::string_view unit{};
  double time = 0;
  std::optional<double> value{};
  std::optional<double> sum{};

  bool take(const Record& record) {
    if (as_number(record.version).value_or(kKnownVersion) > kKnownVersion) return false;
    if (record.base_name.kind == Value::Kind::Text) name = record.base_name.text;
    if (record.base_unit.kind == Value::Kind::Text) unit = record.base_unit.text;
    if (const auto number = as_number(record.base_time)) time = *number;
    if (const auto number = as_number(record.base_value)) value = number;
    if (const auto number = as_number(record.base_sum)) sum = number;
    return true;
  }
};

/// Digits as they came where nothing is added.
std::string plus(const Value& number, const std::optional<double>& base) {
  const auto own = as_number(number);
  if (!base || !own) return own ? std::string(number.text) : format_number(base.value_or(0));
  return format_number(*own + *base);
}

/// The value, as a member; false when the record has none.
bool append_value(JsonBuilder& json, const Record& record, const Bases& bases) {
  const auto put = [&](std::string_view key, const auto& append) {
    if (!json.key(key)) return false;
    append();
    return true;
  };
  if (record.text.kind == Value::Kind::Text) {
    return json.key("vs") && json.text(record.text.text);
  }
  if (record.data.kind == Value::Kind::Text) {
    return json.key("vd") && json.text(record.data.text);
  }
  if (record.boolean.kind == Value::Kind::Bool) {
    return put("vb", [&] { json.raw(record.boolean.text); });
  }
  const bool has_value = record.value.kind == Value::Kind::Number;
  const bool has_sum = record.sum.kind == Value::Kind::Number;
  // Of a record without either the base value is the value, if it names something.
  const bool is_base = !has_sum && bases.value && record.name.kind == Value::Kind::Text;
  if (!has_value && !is_base) return has_sum;
  return put("v", [&] { json.raw(plus(record.value, bases.value)); });
}

std::optional<std::int64_t> time_of(const Record& record, const Bases& bases, std::int64_t now) {
  const auto seconds = bases.time + as_number(record.time).value_or(0);
  if (std::abs(seconds) > kLatest) return std::nullopt;
  const auto milliseconds = static_cast<std::int64_t>(std::llround(seconds * 1000));
  return seconds < kAbsoluteFrom ? now + milliseconds : milliseconds;
}

/// False when the record is wrong; one without a value is no reading.
bool append_record(Decoded& out, const Record& record, const Bases& bases, std::int64_t now) {
  auto& text = out.begin();
  const auto before = text.size();
  JsonBuilder json(text);
  const auto name = std::string(bases.name) + std::string(record.name.text);
  const auto unit = record.unit.kind == Value::Kind::Text ? record.unit.text : bases.unit;
  const bool right = json.open_object() && json.key("n") && json.text(name) &&
                     (unit.empty() || (json.key("u") && json.text(unit)));
  if (!right) return false;
  if (!append_value(json, record, bases)) {
    text.resize(before);
    return true;
  }
  if (record.sum.kind == Value::Kind::Number) {
    if (!json.key("s")) return false;
    json.raw(plus(record.sum, bases.sum));
  }
  json.close_object();
  const auto time = time_of(record, bases, now);
  out.end(time);
  return !name.empty() && time.has_value();
}

}  // namespace

bool SenmlDecoder::decode(const Message& message, Decoded& out,
                          std::vector<DeviceRequest>& /*requests*/) {
  arena_.reset();
  json_.clear();
  // A pack is an array: in CBOR its first byte is 0x80 to 0x9F, which no JSON begins with.
  const bool cbor = !message.payload.empty() &&
                    (static_cast<unsigned char>(message.payload.front()) & 0xE0U) == 0x80U;
  if (cbor && !append_cbor(json_, message.payload, label)) return false;
  if (!pack_.parse(cbor ? std::string_view(json_) : message.payload)) return false;
  if (!pack_.is_array(pack_.root())) return false;
  Bases bases;
  for (auto each = pack_.first(pack_.root()); each != Document::kNone && !out.overflowed();
       each = pack_.next(each)) {
    if (!pack_.is_object(each)) return false;
    Record record;
    for (auto field = pack_.first(each); field != Document::kNone; field = pack_.next(field)) {
      const auto key = pack_.key(field, arena_);
      if (!read_field(record, key, pack_.value(field, arena_))) return false;
    }
    if (!bases.take(record) || !append_record(out, record, bases, message.time)) return false;
  }
  return true;
}

}  // namespace gateway
