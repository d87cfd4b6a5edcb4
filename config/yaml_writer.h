// Writes a configuration as YAML that loads again.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <yaml-cpp/emitter.h>

#include "base/secret.h"
#include "base/units.h"
#include "bridge/downlink/command_options.h"
#include "bridge/rules/rule_options.h"
#include "config/expand.h"
#include "config/settings.h"

namespace gateway::config {

/// Stands where a secret would.
inline constexpr std::string_view kHidden = "***";

/// Writes keys and values; what was expanded once must not be expanded again when it is read.
class YamlWriter {
 public:
  void open(std::string_view key) {
    out_ << YAML::Key << std::string(key) << YAML::Value << YAML::BeginMap;
  }
  void close() { out_ << YAML::EndMap; }
  void begin_map() { out_ << YAML::BeginMap; }
  void open_list(std::string_view key, bool empty) {
    out_ << YAML::Key << std::string(key) << YAML::Value;
    if (empty) out_ << YAML::Flow;
    out_ << YAML::BeginSeq;
  }
  void close_list() { out_ << YAML::EndSeq; }

  void text(std::string_view key, std::string_view value) {
    out_ << YAML::Key << std::string(key) << YAML::Value << escape(value);
  }
  void item(std::string_view value) { out_ << escape(value); }
  /// An item that is a list of two plain scalars.
  void pair(const std::string& one, const std::string& two) {
    out_ << YAML::Flow << YAML::BeginSeq << one << two << YAML::EndSeq;
  }
  void flag(std::string_view key, bool value) { text(key, value ? "true" : "false"); }
  void number(std::string_view key, std::uint64_t value) { text(key, std::to_string(value)); }
  void duration(std::string_view key, std::chrono::microseconds value) {
    text(key, webpubsub::format_duration(value));
  }
  /// A JSON scalar.
  void json(std::string_view key, const std::string& json) {
    out_ << YAML::Key << std::string(key) << YAML::Value;
    json_item(json);
  }
  /// A JSON string is a double-quoted scalar of YAML as it is; other scalars are plain.
  void json_item(const std::string& json) {
    if (json.starts_with('"')) {
      out_ << YAML::DoubleQuoted << escape(unquoted(json));
    } else if (json == "null") {
      out_ << YAML::Null;
    } else if (json == "true" || json == "false") {
      out_ << (json == "true");
    } else {
      out_ << json;
    }
  }
  /// The file a secret came from, or that there is one.
  void secret(const std::string& key, const webpubsub::Secret& secret, const std::string& file) {
    if (!file.empty()) {
      text(key + "_file", file);
    } else if (!secret.empty()) {
      text(key, kHidden);
    }
  }

  std::string take() { return std::string(out_.c_str()) + "\n"; }

 private:
  /// Undoes append_json_string(): without control characters only '"' and '\' are escaped.
  static std::string unquoted(std::string_view json) {
    std::string text;
    for (std::size_t i = 1; i + 1 < json.size(); ++i) {
      if (json[i] == '\\') ++i;
      text += json[i];
    }
    return text;
  }

  YAML::Emitter out_{};
};

void write_rule(YamlWriter& out, const RuleOptions& rule);
void write_command(YamlWriter& out, const CommandOptions& command);
void write_hub(YamlWriter& out, const Settings& settings);

}  // namespace gateway::config
