// select, convert, where and thin: what a rule makes of a reading on its way.

#include <algorithm>
#include <charconv>

#include "config/sections/rule_parts.h"
#include "config/suggest.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostFields = 200;
constexpr std::size_t kMostPoints = 100;
constexpr unsigned kBitsOfDouble = 53;
constexpr milliseconds kLongest = std::chrono::hours(24);

std::optional<double> read_number(const Value& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  const auto number = parse_number(*text);
  if (!number) value.report_unexpected("a number such as 0.1 or -40", *text);
  return number;
}

/// "3", or "0-3" with the lowest first.
std::optional<Conversion::Bits> read_bits(const Value& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  unsigned first = 0;
  const auto* const end = text->data() + text->size();
  auto read = std::from_chars(text->data(), end, first);
  unsigned last = first;
  if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '-') {
    read = std::from_chars(read.ptr + 1, end, last);
  }
  if (read.ec == std::errc{} && read.ptr == end && first <= last && last < kBitsOfDouble) {
    return Conversion::Bits{first, last - first + 1};
  }
  value.report_unexpected("a bit from 0 to 52, or bits such as 0-3", *text);
  return std::nullopt;
}

std::vector<Conversion::Entry> read_map(const Value& value) {
  std::vector<Conversion::Entry> entries;
  for (const auto& [from, to] : value.members()) {
    if (!to.given()) {
      entries.push_back({from, {gateway::Value::Kind::Null, "null"}});
    } else if (auto constant = read_constant(to)) {
      entries.push_back({from, std::move(*constant)});
    }
  }
  return entries;
}

std::vector<Conversion::Point> read_points(const Value& value) {
  std::vector<Conversion::Point> points;
  const auto items = value.items();
  for (const auto& item : items) {
    const auto pair = item.items();
    if (pair.size() != 2) {
      item.report("two numbers expected, as in [0, 4.0]");
      return {};
    }
    const auto from = read_number(pair[0]);
    const auto to = read_number(pair[1]);
    if (!from || !to) return {};
    if (!points.empty() && *from <= points.back().from) {
      item.report("the first number must be greater than that of the point before");
      return {};
    }
    points.push_back({*from, *to});
  }
  const bool wrong = points.size() == 1 || points.size() > kMostPoints;
  if (wrong) value.report("2 to 100 points expected, each as [MEASURED, TRUE]");
  return points;
}

Conversion read_conversion(const std::string& field, Section section) {
  Conversion conversion{.field = field};
  assign(conversion.number, section.at("number").boolean());
  conversion.bits = read_bits(section.at("bits"));
  conversion.map = read_map(section.at("map"));
  conversion.points = read_points(section.at("points"));
  assign(conversion.scale, read_number(section.at("scale")));
  assign(conversion.offset, read_number(section.at("offset")));
  conversion.min = read_number(section.at("min"));
  const auto max = section.at("max");
  conversion.max = read_number(max);
  if (conversion.min && conversion.max && *conversion.max < *conversion.min) {
    max.report("less than min");
  }
  if (const auto decimals = section.at("round").integer(0, 15)) {
    conversion.round = static_cast<unsigned>(*decimals);
  }
  assign(conversion.unit, section.at("unit").text());
  section.finish();
  return conversion;
}

std::optional<Deadband> read_deadband(const std::string& field, const Value& value) {
  auto text = value.text();
  if (!text) return std::nullopt;
  const bool percent = text->ends_with('%');
  if (percent) text->pop_back();
  const auto width = parse_number(*text);
  if (width && *width >= 0) return Deadband{field, *width, percent};
  value.report_unexpected("a width such as 0.2 or 5%", *value.text());
  return std::nullopt;
}

}  // namespace

std::optional<OwnedValue> read_constant(const Value& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  if (!value.node()->quoted && (*text == "true" || *text == "false")) {
    return OwnedValue{gateway::Value::Kind::Bool, *text};
  }
  // What C reads as a number JSON may not: "01", "1.".
  const bool number = parse_number(*text) && webpubsub::is_valid_json(*text);
  if (!value.node()->quoted && number) return OwnedValue{gateway::Value::Kind::Number, *text};
  return OwnedValue{gateway::Value::Kind::Text, *text};
}

void check_field(const Value& place, std::string_view name, const RuleOptions& rule) {
  if (rule.select.empty()) return;
  std::vector<std::string_view> names;
  for (const auto& field : rule.select) names.emplace_back(field.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  place.report(in_quotes(std::string(name)) + " is no field that select makes" +
               suggestion(std::string(name), names));
}

void read_select(const Value& select, RuleOptions& rule) {
  for (const auto& [name, value] : select.members()) {
    if (!value.given()) {
      value.report("a JSON pointer such as /data/temperature expected");
    } else if (value.node()->kind == YamlNode::Kind::Map) {
      auto section = value.section();
      SelectedField field{.name = name, .source = SelectedField::Source::Constant};
      assign(field.constant, read_constant(section.required("constant", "v2")));
      section.finish();
      rule.select.push_back(std::move(field));
    } else if (auto field = parse_text(value, [&, &name = name](std::string_view text) {
                 return parse_selected_field(name, text, rule.topics);
               })) {
      rule.select.push_back(std::move(*field));
    }
  }
  if (rule.select.size() > kMostFields) select.report("at most 200 fields expected");
}

void read_convert(const Value& convert, RuleOptions& rule) {
  for (const auto& [field, value] : convert.members()) {
    check_field(value, field, rule);
    rule.convert.push_back(read_conversion(field, value.section()));
  }
  if (rule.convert.size() > kMostFields) convert.report("at most 200 fields expected");
}

void read_where(const Value& where, RuleOptions& rule) {
  std::vector<std::string> fields;
  for (const auto& field : rule.select) fields.push_back(field.name);
  rule.where = parse_text(where, [&](std::string_view text) {
    return Expression::parse(text,
                             {rule.topics.variables(), rule.select.empty() ? nullptr : &fields});
  });
}

void read_thin(Section thin, RuleOptions& rule) {
  auto& options = rule.thin;
  const auto deadbands = thin.at("deadband");
  for (const auto& [field, value] : deadbands.members()) {
    check_field(value, field, rule);
    if (auto band = read_deadband(field, value)) options.deadband.push_back(std::move(*band));
  }
  for (const auto& item : one_or_more(thin.at("on_change"))) {
    const auto field = item.text();
    if (!field) continue;
    check_field(item, *field, rule);
    options.on_change.push_back(*field);
  }
  assign(options.min_interval, thin.at("min_interval").duration(milliseconds(0), kLongest));
  const auto max_interval = thin.at("max_interval");
  assign(options.max_interval, max_interval.duration(milliseconds(0), kLongest));
  assign(options.every, thin.at("every").integer(1, 1'000'000));
  read_per(thin.at("per"), rule, options.per);
  thin.finish();
  if (thin.given() && options.max_interval.count() > 0 && !options.is_set()) {
    max_interval.report(
        "leaves nothing out by itself; give deadband, on_change, every or "
        "min_interval too");
  }
}

}  // namespace gateway::config
