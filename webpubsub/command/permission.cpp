#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "webpubsub/command/answers.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

struct PermissionOptions {
  Place place{};
  std::string permission{};
  std::string connection{};
  std::string group{};
  bool json = false;
};

Permission meant_by(const PermissionOptions& options) {
  return options.permission == "sendToGroup" ? Permission::SendToGroup : Permission::JoinLeaveGroup;
}

CLI::App* add_verb(CLI::App& family, const std::string& name, const std::string& what,
                   PermissionOptions& options) {
  auto* verb = family.add_subcommand(name, what);
  verb->add_option("permission", options.permission, "sendToGroup or joinLeaveGroup")
      ->required()
      ->check(CLI::IsMember({"sendToGroup", "joinLeaveGroup"}))
      ->type_name("PERMISSION");
  verb->add_option("connection", options.connection, "Connection id")->required()->type_name("ID");
  verb->add_option("group", options.group, "Group")->required()->type_name("GROUP");
  add_place(*verb, options.place);
  verb->footer("Example: webpubsub permission " + name + " sendToGroup CONNECTION site-7");
  return verb;
}

}  // namespace

void add_permission(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<PermissionOptions>();
  auto* family = program.add_subcommand("permission", "Grant, revoke and check permissions");
  family->require_subcommand(1);
  family->footer("Example: webpubsub permission grant sendToGroup CONNECTION site-7");
  add_verb(*family, "grant", "Let a connection do it", *options)->callback([options, &exit_code] {
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      service.grant(meant_by(*options), options->connection, options->group, std::move(done));
    });
  });
  add_verb(*family, "revoke", "Let it no longer", *options)->callback([options, &exit_code] {
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      service.revoke(meant_by(*options), options->connection, options->group, std::move(done));
    });
  });
  auto* check = add_verb(*family, "check", "Ask whether it may; exits with 1 if not", *options);
  check->add_flag("--json", options->json, "As a JSON object");
  check->callback([options, &exit_code] {
    constexpr Words kWords{.key = "granted", .yes = "granted", .no = "not granted"};
    exit_code =
        answer(options->place, options->json, kWords, [&](ServiceClient& service, auto done) {
          service.has_permission(meant_by(*options), options->connection, options->group,
                                 std::move(done));
        });
  });
}

}  // namespace webpubsub::command
