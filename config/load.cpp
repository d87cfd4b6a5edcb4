#include "config/load.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "config/files.h"
#include "config/identity.h"
#include "config/known_keys.h"
#include "config/sections/sections.h"
#include "config/suggest.h"

namespace gateway::config {

namespace fs = std::filesystem;

namespace {

// More would only be the echo of one mistake.
constexpr std::size_t kMaxProblems = 1000;

const std::vector<std::string_view> kTopLevel{"gateway", "mqtt",     "webpubsub", "hub",
                                              "rules",   "commands", "presence",  "snapshot",
                                              "memory",  "store",    "status",    "log"};

/// Reads one configuration: the main file, then what stands beside it.
class Loader {
 public:
  explicit Loader(const Environment& environment) : environment_(environment) {}

  void read_main(std::string_view text, const std::string& name, const fs::path& directory) {
    Reading reading = begin(name, directory);
    main_ = name;
    if (const auto root = parse_document(text, name, reading.problems)) {
      Section top(reading, *root);
      read_all(top, settings_);
      top.finish();
    }
    if (reading.holds_secrets) settings_.secret_files.configuration = name;
    end(std::move(reading));
  }

  void read_addition(std::string_view text, const std::string& name, const fs::path& directory) {
    Reading reading = begin(name, directory);
    if (const auto root = parse_document(text, name, reading.problems)) {
      Section top(reading, *root);
      read_lists(top, settings_);
      for (const auto key : kTopLevel) {
        if (key == "rules" || key == "commands") continue;
        top.refuse(key, "only rules and commands may stand in conf.d; move it to " + main_);
      }
      top.finish();
    }
    end(std::move(reading));
  }

  void add_problem(const std::string& file, std::string message) {
    problems_.push_back({file, 0, 0, std::move(message)});
  }

  /// Every key of a configuration whose lists and maps have one entry.
  void collect_keys(std::set<std::string>& keys) {
    Reading reading = begin("", {});
    reading.keys = &keys;
    const auto root = parse_document(kOneOfEach, "", reading.problems);
    Section top(reading, *root);
    read_all(top, settings_);
  }

  Loaded finish() {
    if (problems_.empty()) {
      complete(settings_, environment_);
      return std::move(settings_);
    }
    if (problems_.size() > kMaxProblems) {
      const auto left_out = problems_.size() - kMaxProblems;
      problems_.resize(kMaxProblems);
      add_problem(main_, std::to_string(left_out) + " more problems are not shown");
    }
    return std::move(problems_);
  }

 private:
  static constexpr std::string_view kOneOfEach =
      "{rules: [{csv: {}, layout: {x: {}}, time: {}, jq: {}, select: {x: {}}, convert: {x: {}}, "
      "thin: {}, "
      "window: {compute: {x: y}}, object: {x: {}}}], "
      "commands: [{when: {/x: {}}, "
      "arguments: {/x: {}}, deadline: {}, user_properties: {x: x}, allow: []}], "
      "hub: {event_handlers: [{}]}, presence: {device_gone: [{}]}}";

  Reading begin(const std::string& name, const fs::path& directory) const {
    return {.environment = environment_, .file = name, .directory = directory};
  }

  void end(Reading reading) {
    auto& found = reading.problems;
    std::stable_sort(found.begin(), found.end(), [](const Problem& a, const Problem& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    problems_.insert(problems_.end(), std::make_move_iterator(found.begin()),
                     std::make_move_iterator(found.end()));
  }

  void read_lists(Section& top, Settings& settings) {
    read_rules(top.at("rules"), rule_names_, settings);
    read_commands(top.at("commands"), command_names_, settings);
  }

  void read_all(Section& top, Settings& settings) {
    read_gateway(top.at("gateway").section(), settings);
    read_mqtt(top.at("mqtt").section(), settings);
    read_webpubsub(top.at("webpubsub").section(), settings);
    read_hub(top.at("hub").section(), settings);
    read_lists(top, settings);
    read_presence(top.at("presence").section(), settings);
    read_snapshot(top.at("snapshot").section(), settings);
    read_memory(top.at("memory").section(), settings);
    read_store(top.at("store").section(), settings);
    read_status(top.at("status").section(), settings);
    read_log(top.at("log").section(), settings);
  }

  const Environment& environment_;
  std::string main_{};
  Settings settings_{};
  TakenNames rule_names_{};
  TakenNames command_names_{};
  std::vector<Problem> problems_{};
};

std::string why(const webpubsub::Error& error) {
  if (error.code == webpubsub::Errc::ResourceExhausted) {
    return "larger than 1MiB; split it into conf.d";
  }
  return "cannot be read: " + error.message;
}

/// conf.d/*.yaml, in name order.
std::vector<fs::path> additions(const fs::path& directory, Loader& loader) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    // Names with a dot in front are what editors and package managers leave behind.
    const auto name = entry->path().filename().string();
    if (name.ends_with(".yaml") && !name.starts_with('.')) files.push_back(entry->path());
  }
  if (error) loader.add_problem(directory.string(), "cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string Problem::text() const {
  std::string place = file;
  if (line > 0) place += ":" + std::to_string(line) + ":" + std::to_string(column);
  return place + ": " + message;
}

Loaded load(const fs::path& file, const Environment& environment) {
  Loader loader(environment);
  const auto directory = file.parent_path();
  const auto text = read_file(file, kMaxFileBytes);
  if (text) {
    loader.read_main(*text, file.string(), directory);
  } else {
    loader.add_problem(file.string(), why(text.error()));
  }
  for (const auto& addition : additions(directory / "conf.d", loader)) {
    const auto more = read_file(addition, kMaxFileBytes);
    if (more) {
      loader.read_addition(*more, addition.string(), addition.parent_path());
    } else {
      loader.add_problem(addition.string(), why(more.error()));
    }
  }
  return loader.finish();
}

Loaded load_text(std::string_view text, const std::string& name, const Environment& environment) {
  Loader loader(environment);
  loader.read_main(text, name, {});
  return loader.finish();
}

std::set<std::string> known_keys() {
  const Environment environment{};
  std::set<std::string> keys;
  Loader(environment).collect_keys(keys);
  return keys;
}

}  // namespace gateway::config
