// time and window: when readings were taken, and what is told of those of a while.

#include <algorithm>
#include <array>

#include "config/sections/rule_parts.h"
#include "config/suggest.h"
#include "config/words.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostFields = 50;
constexpr std::uint64_t kMostReadings = 1'000'000;
constexpr milliseconds kLongestSkew = std::chrono::hours(24 * 365);
constexpr milliseconds kShortestStep{100};
constexpr milliseconds kLongestStep = std::chrono::hours(24);

/// "mean", "p95": nothing for what is none.
std::optional<WindowFunction> function_for(std::string_view name) {
  using Kind = WindowFunction::Kind;
  for (const auto& word : kWindowFunctions) {
    if (word.text == name) return WindowFunction{.kind = word.value};
  }
  if (!name.starts_with('p')) return std::nullopt;
  const auto percent = parse_number(name.substr(1));
  if (!percent || *percent < 0 || *percent > 100) return std::nullopt;
  return WindowFunction{.kind = Kind::Percentile, .percent = *percent};
}

WindowField read_field(const std::string& name, const Value& value) {
  WindowField field{.field = name};
  field.bare = value.given() && value.node()->kind != YamlNode::Kind::Sequence;
  for (const auto& item : one_or_more(value)) {
    const auto text = item.text();
    if (!text) continue;
    const auto function = function_for(*text);
    if (function) {
      field.functions.push_back(*function);
    } else {
      item.report_unexpected(
          "min, max, mean, sum, count, first, last, median, rate, duty or a percentile such as p95",
          *text);
    }
  }
  if (one_or_more(value).empty()) value.report("what to compute expected, as in [min, mean, max]");
  return field;
}

bool is_count(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// `every` and `over`, both as durations or both as counts.
void read_steps(Section& window, WindowOptions& options) {
  const auto every = window.required("every", "10s");
  const auto over = window.at("over");
  const auto step = every.text();
  if (!step) return;
  std::uint64_t whole = 0;
  std::uint64_t part = 0;
  if (is_count(*step)) {
    assign(options.count, every.integer(1, kMostReadings));
    part = options.count;
    whole = over.integer(1, kMostReadings * WindowOptions::kMaxPanes).value_or(part);
  } else {
    assign(options.every, every.duration(kShortestStep, kLongestStep));
    part = static_cast<std::uint64_t>(options.every.count());
    const auto length =
        over.duration(kShortestStep, kLongestStep * static_cast<int>(WindowOptions::kMaxPanes));
    whole = length ? static_cast<std::uint64_t>(length->count()) : part;
  }
  if (part == 0) return;
  options.panes = whole / part;
  if (whole % part != 0 || options.panes == 0 || options.panes > WindowOptions::kMaxPanes) {
    over.report("1 to 100 times of what every says expected");
    options.panes = 1;
  }
}

}  // namespace

void read_time(const Value& time, RuleOptions& rule) {
  auto& options = rule.time;
  if (!time.given()) return;
  auto at = time;
  if (time.node()->kind == YamlNode::Kind::Map) {
    auto section = time.section();
    at = section.at("at");
    assign(options.max_skew, section.at("max_skew").duration(milliseconds(0), kLongestSkew));
    section.finish();
  }
  const auto text = at.text();
  if (!text) return;
  if (*text == "arrival") {
    options.source = TimeOptions::Source::Arrival;
  } else if (auto pointer =
                 parse_text(at, [](std::string_view each) { return Pointer::parse(each); })) {
    options.source = TimeOptions::Source::Field;
    options.at = std::move(*pointer);
  }
}

void read_per(const Value& per, const RuleOptions& rule, std::string& key) {
  const auto text = per.text();
  if (!text || *text == "topic") return;
  if (text->starts_with('/')) {
    if (!parse_text(per, [](std::string_view each) { return Pointer::parse(each); })) return;
  } else if (!rule.topics.has_variable(*text)) {
    per.report("topic, a capture of every topic, or a JSON pointer expected; got " +
               in_quotes(*text));
    return;
  }
  key = *text;
}

void read_window(Section window, RuleOptions& rule) {
  if (!window.given()) return;
  WindowOptions options;
  read_steps(window, options);
  const auto wait = window.at("wait");
  assign(options.wait, wait.duration(milliseconds(0), kLongestStep));
  const auto late = window.at("late");
  assign(options.late, read_word(late, kLateReadings));
  if (!options.by_time() && (wait.given() || late.given())) {
    window.self().report("wait and late are for windows by time");
  }
  if (options.by_time() && options.wait > options.every * 10) {
    wait.report("at most ten times of what every says");
  }
  read_per(window.at("per"), rule, options.per);
  const auto compute = window.required("compute", "{temperature: [min, mean, max]}");
  for (const auto& [field, value] : compute.members()) {
    check_field(value, field, rule);
    options.compute.push_back(read_field(field, value));
  }
  if (options.compute.size() > kMostFields) compute.report("at most 50 fields expected");
  window.finish();
  rule.window = std::move(options);
}

}  // namespace gateway::config
