#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "webpubsub/command/answers.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

struct UserOptions {
  Place place{};
  std::string user{};
  std::string group{};
  bool all_groups = false;
  CloseOptions close{};
  bool json = false;
};

CLI::App* add_verb(CLI::App& family, const std::string& name, const std::string& what,
                   UserOptions& options) {
  auto* verb = family.add_subcommand(name, what);
  verb->add_option("user", options.user, "User id")->required()->type_name("USER");
  return verb;
}

void add_exists(CLI::App& family, const std::shared_ptr<UserOptions>& options, int& exit_code) {
  auto* verb =
      add_verb(family, "exists", "Ask whether it is connected; exits with 1 if not", *options);
  verb->add_flag("--json", options->json, "As a JSON object");
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub user exists edge-01");
  verb->callback([options, &exit_code] {
    constexpr Words kWords{.key = "exists", .yes = "yes", .no = "no"};
    exit_code =
        answer(options->place, options->json, kWords, [&](ServiceClient& service, auto done) {
          service.user_exists(options->user, std::move(done));
        });
  });
}

void add_add(CLI::App& family, const std::shared_ptr<UserOptions>& options, int& exit_code) {
  auto* verb = add_verb(family, "add", "Put all its connections into a group", *options);
  verb->add_option("group", options->group, "Group")->required()->type_name("GROUP");
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub user add edge-01 site-7");
  verb->callback([options, &exit_code] {
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      service.add_user_to_group(options->group, options->user, std::move(done));
    });
  });
}

void add_remove(CLI::App& family, const std::shared_ptr<UserOptions>& options, int& exit_code) {
  auto* verb = add_verb(family, "remove", "Take it out of a group, or of all", *options);
  auto* group = verb->add_option("group", options->group, "Group")->type_name("GROUP");
  auto* all = verb->add_flag("--all-groups", options->all_groups, "Out of every group");
  group->excludes(all);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub user remove edge-01 site-7");
  verb->callback([options, &exit_code] {
    if (options->group.empty() && !options->all_groups) {
      throw CLI::ValidationError("remove", "a GROUP, or --all-groups, is needed");
    }
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      if (options->all_groups) {
        service.remove_user_from_all_groups(options->user, std::move(done));
      } else {
        service.remove_user_from_group(options->group, options->user, std::move(done));
      }
    });
  });
}

void add_close(CLI::App& family, const std::shared_ptr<UserOptions>& options, int& exit_code) {
  auto* verb = add_verb(family, "close", "Close all its connections", *options);
  verb->add_option("--reason", options->close.reason, "Told to the clients")->type_name("TEXT");
  verb->add_option("--excluded", options->close.excluded, "Not this connection; repeatable")
      ->type_name("ID")
      ->allow_extra_args(false);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub user close edge-01 --reason 'new password'");
  verb->callback([options, &exit_code] {
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      service.close_user(options->user, options->close, std::move(done));
    });
  });
}

}  // namespace

void add_user(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<UserOptions>();
  auto* family = program.add_subcommand("user", "Ask about, group and close a user's connections");
  family->require_subcommand(1);
  family->footer("Example: webpubsub user exists edge-01");
  add_exists(*family, options, exit_code);
  add_add(*family, options, exit_code);
  add_remove(*family, options, exit_code);
  add_close(*family, options, exit_code);
}

}  // namespace webpubsub::command
