#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/units.h"
#include "config/expand.h"
#include "config/files.h"
#include "config/section.h"
#include "config/suggest.h"

namespace gateway::config {

using std::chrono::microseconds;

namespace {

/// A number that lacks its unit, with the usual one.
std::string with_unit(const std::string& text, std::string_view unit) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return number ? text + std::string(unit) : std::string();
}

std::string keys_expected(const std::string& path) {
  if (path.ends_with(']')) return "keys expected, as in \"- name: VALUE\"";
  return "keys expected, indented below \"" + path.substr(path.rfind('.') + 1) + ":\"";
}

/// "64K" and "64M" mean powers of 1024 to those who write them.
std::string meant_size(const std::string& text) {
  if (text.empty()) return {};
  const char unit = text.back();
  if (unit != 'K' && unit != 'k' && unit != 'M' && unit != 'G') return with_unit(text, "B");
  const auto number = with_unit(text.substr(0, text.size() - 1), "");
  if (number.empty()) return {};
  return number + (unit == 'M' ? "MiB" : unit == 'G' ? "GiB" : "KiB");
}

}  // namespace

Value::Value(Reading& reading, const YamlNode* node, std::string path, std::string pattern,
             Place place)
    : reading_(&reading),
      node_(node != nullptr && node->kind == YamlNode::Kind::Null ? nullptr : node),
      path_(std::move(path)),
      pattern_(std::move(pattern)),
      place_(place),
      refused_(node != nullptr && node->refused) {}

void Value::report(const std::string& message) const {
  reading_->problems.push_back({reading_->file, place_.line, place_.column,
                                path_.empty() ? message : path_ + ": " + message});
}

void Value::report_unexpected(const std::string& expected, std::string_view text,
                              std::string_view meant) const {
  const auto question = meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?";
  report(expected + " expected; got " + in_quotes(text) + question);
}

std::optional<std::string> Value::expanded(bool hidden) const {
  if (!given()) return std::nullopt;
  if (node_->kind != YamlNode::Kind::Scalar) {
    report("text expected; a value that starts with '{' or '[' needs quotes");
    return std::nullopt;
  }
  auto text = expand(node_->text, reading_->environment);
  if (!text) {
    // A secret that holds "${" by chance must not be shown in parts either.
    const bool one_variable =
        node_->text.starts_with("${") && node_->text.find('}') + 1 == node_->text.size();
    report(hidden && !one_variable
               ? "\"${\" without an environment variable that is set; write \"$${\" for a literal "
                 "\"${\""
               : text.error().message);
    return std::nullopt;
  }
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(text->begin(), text->end(), control)) {
    report("one line of text without control characters expected");
    return std::nullopt;
  }
  return std::move(*text);
}

std::optional<std::string> Value::text() const { return expanded(false); }
std::optional<std::string> Value::hidden_text() const { return expanded(true); }

std::optional<bool> Value::boolean() const {
  const auto chosen = choice({"true", "false"});
  if (!chosen) return std::nullopt;
  return *chosen == 0;
}

std::optional<std::uint64_t> Value::integer(std::uint64_t least, std::uint64_t most) const {
  const auto found = text();
  if (!found) return std::nullopt;
  std::uint64_t number = 0;
  const auto* const end = found->data() + found->size();
  const auto [rest, error] = std::from_chars(found->data(), end, number);
  // "010" is eight for one reader of YAML and ten for the next.
  const bool ambiguous = found->size() > 1 && found->front() == '0';
  if (error == std::errc{} && rest == end && !ambiguous && number >= least && number <= most) {
    return number;
  }
  report_unexpected("a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                    *found);
  return std::nullopt;
}

std::optional<microseconds> Value::microseconds(std::chrono::microseconds least,
                                                std::chrono::microseconds most,
                                                std::chrono::microseconds unit) const {
  const auto found = text();
  if (!found) return std::nullopt;
  const auto parsed = webpubsub::parse_duration(*found);
  if (!parsed) {
    report_unexpected("a duration such as 50ms, 10s or 1h", *found, with_unit(*found, "s"));
  } else if (*parsed < least || *parsed > most) {
    const auto from = least.count() == 0 ? "0" : webpubsub::format_duration(least);
    report_unexpected("a duration from " + from + " to " + webpubsub::format_duration(most),
                      *found);
  } else if (parsed->count() % unit.count() != 0) {
    const bool seconds = unit >= std::chrono::seconds(1);
    report_unexpected(seconds ? "a duration of whole seconds" : "a duration of whole milliseconds",
                      *found);
  } else {
    return *parsed;
  }
  return std::nullopt;
}

std::optional<std::size_t> Value::size(std::size_t least, std::size_t most) const {
  const auto found = text();
  if (!found) return std::nullopt;
  const auto parsed = webpubsub::parse_size(*found);
  if (!parsed) {
    report_unexpected("a size such as 64KiB or 1MB", *found, meant_size(*found));
  } else if (*parsed < least || *parsed > most) {
    report_unexpected(
        "a size from " + webpubsub::format_size(least) + " to " + webpubsub::format_size(most),
        *found);
  } else {
    return static_cast<std::size_t>(*parsed);
  }
  return std::nullopt;
}

std::optional<double> Value::rate(double least, double most) const {
  const auto found = text();
  if (!found) return std::nullopt;
  const auto parsed = webpubsub::parse_rate(*found);
  if (!parsed) {
    report_unexpected("a rate such as 20/s or 100/m", *found, with_unit(*found, "/s"));
  } else if (*parsed < least || *parsed > most) {
    report_unexpected(
        "a rate from " + webpubsub::format_rate(least) + " to " + webpubsub::format_rate(most),
        *found);
  } else {
    return *parsed;
  }
  return std::nullopt;
}

std::optional<std::size_t> Value::choice(const std::vector<std::string_view>& words) const {
  const auto found = text();
  if (!found) return std::nullopt;
  const auto word = std::find(words.begin(), words.end(), *found);
  if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  report(list_of(words, "or") + " expected; got " + in_quotes(*found) + suggestion(*found, words));
  return std::nullopt;
}

std::optional<std::string> Value::file_path() const {
  const auto found = text();
  if (!found || found->empty()) return std::nullopt;
  auto path = resolve(*found, reading_->directory);
  if (const auto wrong = why_unreadable(path)) {
    report(in_quotes(*found) + " cannot be read: " + *wrong);
    return std::nullopt;
  }
  return path;
}

Section Value::section() const {
  Section section(*this);
  section.flawed_ = refused_;
  if (given() && node_->kind != YamlNode::Kind::Map) {
    report(keys_expected(path_));
    section.flawed_ = true;
  }
  return section;
}

std::vector<Value> Value::items() const {
  std::vector<Value> values;
  if (!given()) {
    return values;
  }
  if (node_->kind != YamlNode::Kind::Sequence) {
    report("a list expected, each item after a '-'");
    return values;
  }
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    const YamlNode& item = node_->items[i];
    const Place place = item.kind == YamlNode::Kind::Null ? place_ : item.place;
    values.push_back(
        {*reading_, &item, path_ + "[" + std::to_string(i) + "]", pattern_ + "[]", place});
  }
  return values;
}

std::vector<std::pair<std::string, Value>> Value::members() const {
  std::vector<std::pair<std::string, Value>> values;
  if (!given()) return values;
  if (node_->kind != YamlNode::Kind::Map) {
    report(keys_expected(path_));
    return values;
  }
  for (const auto& member : node_->items) {
    const bool null = member.kind == YamlNode::Kind::Null;
    values.emplace_back(member.key, Value(*reading_, &member, path_ + "." + shown_key(member.key),
                                          pattern_ + ".*", null ? member.key_place : member.place));
  }
  return values;
}

}  // namespace gateway::config
