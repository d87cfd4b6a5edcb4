#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "webpubsub/command/answers.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

struct ConnectionOptions {
  Place place{};
  std::string id{};
  std::string group{};
  bool all_groups = false;
  bool all = false;
  CloseOptions close{};
  bool json = false;
};

CLI::Option* add_id(CLI::App& verb, ConnectionOptions& options) {
  return verb.add_option("connection", options.id, "Connection id")->type_name("ID");
}

CLI::Option* add_group_name(CLI::App& verb, ConnectionOptions& options) {
  return verb.add_option("group", options.group, "Group")->type_name("GROUP");
}

void add_exists(CLI::App& family, const std::shared_ptr<ConnectionOptions>& options,
                int& exit_code) {
  auto* verb = family.add_subcommand("exists", "Ask whether it is there; exits with 1 if not");
  add_id(*verb, *options)->required();
  verb->add_flag("--json", options->json, "As a JSON object");
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub connection exists CONNECTION");
  verb->callback([options, &exit_code] {
    constexpr Words kWords{.key = "exists", .yes = "yes", .no = "no"};
    exit_code =
        answer(options->place, options->json, kWords, [&](ServiceClient& service, auto done) {
          service.connection_exists(options->id, std::move(done));
        });
  });
}

void add_add(CLI::App& family, const std::shared_ptr<ConnectionOptions>& options, int& exit_code) {
  auto* verb = family.add_subcommand("add", "Put it into a group");
  add_id(*verb, *options)->required();
  add_group_name(*verb, *options)->required();
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub connection add CONNECTION site-7");
  verb->callback([options, &exit_code] {
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      service.add_connection_to_group(options->group, options->id, std::move(done));
    });
  });
}

void add_remove(CLI::App& family, const std::shared_ptr<ConnectionOptions>& options,
                int& exit_code) {
  auto* verb = family.add_subcommand("remove", "Take it out of a group, or of all");
  add_id(*verb, *options)->required();
  auto* group = add_group_name(*verb, *options);
  auto* all = verb->add_flag("--all-groups", options->all_groups, "Out of every group");
  group->excludes(all);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub connection remove CONNECTION site-7");
  verb->callback([options, &exit_code] {
    if (options->group.empty() && !options->all_groups) {
      throw CLI::ValidationError("remove", "a GROUP, or --all-groups, is needed");
    }
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      if (options->all_groups) {
        service.remove_connection_from_all_groups(options->id, std::move(done));
      } else {
        service.remove_connection_from_group(options->group, options->id, std::move(done));
      }
    });
  });
}

void add_close(CLI::App& family, const std::shared_ptr<ConnectionOptions>& options,
               int& exit_code) {
  auto* verb = family.add_subcommand("close", "Close it, or every connection of the hub");
  auto* id = add_id(*verb, *options);
  auto* all = verb->add_flag("--all", options->all, "Every connection of the hub");
  id->excludes(all);
  verb->add_option("--reason", options->close.reason, "Told to the client")->type_name("TEXT");
  verb->add_option("--excluded", options->close.excluded, "With --all: not this one; repeatable")
      ->type_name("ID")
      ->allow_extra_args(false)
      ->needs(all);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub connection close CONNECTION --reason 'new password'");
  verb->callback([options, &exit_code] {
    if (options->id.empty() && !options->all) {
      throw CLI::ValidationError("close", "a connection's ID, or --all, is needed");
    }
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      if (options->all) {
        service.close_all(options->close, std::move(done));
      } else {
        service.close_connection(options->id, options->close.reason, std::move(done));
      }
    });
  });
}

}  // namespace

void add_connection(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<ConnectionOptions>();
  auto* family = program.add_subcommand("connection", "Ask about, group and close connections");
  family->require_subcommand(1);
  family->footer("Example: webpubsub connection close CONNECTION --reason 'new password'");
  add_exists(*family, options, exit_code);
  add_add(*family, options, exit_code);
  add_remove(*family, options, exit_code);
  add_close(*family, options, exit_code);
}

}  // namespace webpubsub::command
