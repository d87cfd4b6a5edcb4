#include "daemon/verbs/diag.h"

#include <cerrno>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "config/load.h"
#include "daemon/control/control_client.h"
#include "daemon/control/redact.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/words.h"
#include "daemon/tls_files.h"
#include "daemon/verbs/check.h"
#include "daemon/verbs/command_output.h"
#include "daemon/verbs/system_facts.h"
#include "daemon/verbs/unit_environment.h"
#include "daemon/verbs/version.h"

namespace gateway {
namespace {

constexpr auto kLimit = std::chrono::seconds(10);
constexpr std::size_t kMaxJournal = std::size_t{2} << 20;
constexpr std::size_t kMaxUnit = 64 * 1024;

void add(std::string& bundle, const std::string& title, const std::string& text) {
  bundle += "\n==== " + title + "\n";
  bundle += text.empty() ? "(nothing)\n" : text;
  if (bundle.back() != '\n') bundle += '\n';
}

/// Of the unit, and of its folders.
std::string name_of(const ControlPlace& place) {
  return "webpubsub-gateway" + (place.instance.empty() ? "" : "@" + place.instance);
}

std::filesystem::path config_of(const DiagOptions& options) {
  if (!options.config.empty()) return options.config;
  const auto& instance = options.place.instance;
  return "/etc/webpubsub-gateway/" + (instance.empty() ? "gateway" : instance) + ".yaml";
}

/// What the running gateway tells of itself, each part under its title.
void add_gateway(std::string& bundle, const ControlPlace& place) {
  const auto reply = ask_gateway(socket_path(place), {.verb = ControlVerb::Diag}, kLimit);
  if (!reply || reply->code != ControlCode::Ok) {
    add(bundle, "running gateway",
        "no answer: " + (reply ? reply->message : reply.error().message));
    return;
  }
  add(bundle, "status", json_text(reply->data, "status"));
  add(bundle, "configuration in effect", json_text(reply->data, "configuration"));
  add(bundle, "metrics", json_text(reply->data, "metrics"));
}

/// Whether the file is right; where it is, also what it holds, for its secrets to be hidden.
void add_check(std::string& bundle, const std::filesystem::path& file, const std::string& unit,
               std::vector<webpubsub::Secret>& secrets) {
  const auto loaded = config::load(file, unit_environment(unit));
  std::ostringstream text;
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    print_problems(*problems, text);
  } else {
    const auto& settings = std::get<Settings>(loaded);
    secrets = known_secrets(settings);
    const auto in_files = check_tls_files(settings);
    if (!in_files.empty()) print_problems(in_files, text);
    text << (in_files.empty() ? "right; " : "") << "it amounts to:\n" << config::describe(settings);
  }
  add(bundle, "check of " + file.string(), text.str());
}

void add_command(std::string& bundle, const std::string& title, std::vector<std::string> command,
                 std::size_t max_bytes) {
  const std::string program = command.front();
  const auto output = command_output(std::move(command), max_bytes, kLimit);
  add(bundle, title, output ? *output : program + " cannot be run here");
}

std::string collect(const DiagOptions& options) {
  std::string bundle = "webpubsub-gateway diagnostics of " + utc_timestamp(webpubsub::wall_now()) +
                       "\nSecrets are replaced by ***. Topics, groups and names are not: look "
                       "through it before you pass it on.\n";
  std::ostringstream build;
  version("webpubsub-gateway", false, build);
  add(bundle, "version", build.str());
  add(bundle, "system", system_facts("/var/lib/" + name_of(options.place)));
  const std::string unit = name_of(options.place) + ".service";
  add_command(bundle, "unit " + unit,
              {"systemctl", "show", unit,
               "--property=LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,"
               "ExecMainStartTimestamp,MemoryCurrent,TasksCurrent,StatusText,DropInPaths"},
              kMaxUnit);
  std::vector<webpubsub::Secret> secrets;
  add_gateway(bundle, options.place);
  add_check(bundle, config_of(options), unit, secrets);
  if (options.journal_lines > 0) {
    add_command(bundle, "journal of " + unit,
                {"journalctl", "--unit=" + unit, "--lines=" + std::to_string(options.journal_lines),
                 "--output=short-iso-precise", "--no-pager", "--quiet"},
                kMaxJournal);
  }
  return hide_secrets(hide_values(std::move(bundle), secrets));
}

int save(const std::string& bundle, const std::string& file) {
  const auto fail = [&file](int code) {
    std::cerr << "webpubsub-gateway diag: " << file << ": "
              << std::generic_category().message(errno) << '\n';
    return code;
  };
  // For its owner alone, and nothing that is there is written over.
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(exit_code::kCannotCreate);
  std::string_view rest = bundle;
  while (!rest.empty()) {
    const ssize_t count = ::write(fd, rest.data(), rest.size());
    if (count <= 0) {
      const int code = fail(exit_code::kIo);
      ::close(fd);
      return code;
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::close(fd) == 0 ? exit_code::kOk : fail(exit_code::kIo);
}

}  // namespace

int diag(const DiagOptions& options) {
  const std::string bundle = collect(options);
  if (!options.output.empty()) return save(bundle, options.output);
  std::cout << bundle;
  std::cout.flush();
  return std::cout.good() ? exit_code::kOk : exit_code::kIo;
}

}  // namespace gateway
