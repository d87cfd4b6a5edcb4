// Values and sections of a document as the readers of sections/ see them.
//
// A section learns which keys are known from being asked for them: whatever is there and was not
// asked for is an unknown key, and all that was ever asked for is what known_keys() tells.

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/document.h"
#include "config/load.h"

namespace gateway::config {

/// What the readers of one file need at hand, and where they leave what is wrong.
struct Reading {
  const Environment& environment;
  std::string file{};                 // as messages name it
  std::filesystem::path directory{};  // where relative paths in values start
  std::vector<Problem> problems{};
  bool holds_secrets = false;             // itself, and not in files that it names
  std::set<std::string>* keys = nullptr;  // gets every key asked for, list items as "[]"
};

class Section;

/// One value, or the place where it could stand. Absent and null values are "not given": readers
/// answer nothing then and leave the default alone. They also answer nothing after a report.
class Value {
 public:
  Value(Reading& reading, const YamlNode* node, std::string path, std::string pattern, Place place);

  bool given() const noexcept { return node_ != nullptr; }
  const std::string& path() const noexcept { return path_; }
  Place place() const noexcept { return place_; }
  Reading& reading() const noexcept { return *reading_; }

  /// Reports a problem here: "PATH: MESSAGE".
  void report(const std::string& message) const;
  /// Reports that `expected` was expected and `text` was found, and what may have been meant.
  void report_unexpected(const std::string& expected, std::string_view text,
                         std::string_view meant = {}) const;

  /// One line of text, the environment's variables put in.
  std::optional<std::string> text() const;
  /// The same for what must not be shown: no message quotes any of it.
  std::optional<std::string> hidden_text() const;
  std::optional<bool> boolean() const;
  std::optional<std::uint64_t> integer(std::uint64_t least, std::uint64_t most) const;
  /// Whole units of `Unit`.
  template <class Unit>
  std::optional<Unit> duration(Unit least, Unit most) const;
  std::optional<std::size_t> size(std::size_t least, std::size_t most) const;
  /// Events per second.
  std::optional<double> rate(double least, double most) const;
  /// Index of the one of `words` that stands here.
  std::optional<std::size_t> choice(const std::vector<std::string_view>& words) const;
  /// A file that can be read: its path, made absolute.
  std::optional<std::string> file_path() const;

  Section section() const;
  /// The items of a list.
  std::vector<Value> items() const;
  /// The members of a mapping whose keys are the user's own.
  std::vector<std::pair<std::string, Value>> members() const;
  /// The scalar as it stands, for readers that look at its YAML type.
  const YamlNode* node() const noexcept { return node_; }

 private:
  std::optional<std::string> expanded(bool hidden) const;
  std::optional<std::chrono::microseconds> microseconds(std::chrono::microseconds least,
                                                        std::chrono::microseconds most,
                                                        std::chrono::microseconds unit) const;

  Reading* reading_;
  const YamlNode* node_;  // nullptr: not given
  std::string path_;      // "rules[2].name"
  std::string pattern_;   // "rules[].name"
  Place place_;
  bool refused_;  // something stands here that was reported already
  friend class Section;
};

template <class Unit>
std::optional<Unit> Value::duration(Unit least, Unit most) const {
  const auto parsed = microseconds(least, most, Unit(1));
  if (!parsed) return std::nullopt;
  return std::chrono::duration_cast<Unit>(*parsed);
}

/// A mapping with known keys.
class Section {
 public:
  /// The top of a document.
  Section(Reading& reading, const YamlNode& root);

  /// The value of `key`, which is a known key from now on. `key` is a literal.
  Value at(std::string_view key);
  /// The same, with a report when it is not there. `example` is the end of "required, such as".
  Value required(std::string_view key, std::string_view example);
  /// Reports `key`, if it is there, as one that is known but has no place here.
  void refuse(std::string_view key, const std::string& message);
  /// Reports every key that was not asked for.
  void finish() const;

  bool given() const noexcept { return self_.given(); }
  const Value& self() const noexcept { return self_; }

 private:
  friend class Value;
  const YamlNode* find(std::string_view key) const;
  explicit Section(Value self) : self_(std::move(self)) {}

  Value self_;
  bool flawed_ = false;  // not a mapping: reported, and nothing is missing in it
  std::vector<std::string_view> asked_{};
};

/// Sets `target` to what was read, if anything was.
template <class Target, class Read>
void assign(Target& target, std::optional<Read> read) {
  if (read) target = Target(std::move(*read));
}

}  // namespace gateway::config
