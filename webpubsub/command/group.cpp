#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "webpubsub/command/answers.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/verbs.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::command {

namespace {

struct GroupOptions {
  Place place{};
  std::vector<std::string> groups{};  // the first is meant where there can be but one
  std::string filter{};
  bool all = false;
  ListOptions list{};
  CloseOptions close{};
  bool json = false;
};

CLI::App* add_verb(CLI::App& family, const std::string& name, const std::string& what,
                   GroupOptions& options, int most_groups) {
  auto* verb = family.add_subcommand(name, what);
  verb->add_option("group", options.groups, "Group")
      ->required()
      ->type_name("GROUP")
      ->expected(1, most_groups);
  return verb;
}

void add_exists(CLI::App& family, const std::shared_ptr<GroupOptions>& options, int& exit_code) {
  auto* verb =
      add_verb(family, "exists", "Ask whether anybody is in it; exits with 1 if not", *options, 1);
  verb->add_flag("--json", options->json, "As a JSON object");
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub group exists site-7");
  verb->callback([options, &exit_code] {
    constexpr Words kWords{.key = "exists", .yes = "yes", .no = "no"};
    exit_code =
        answer(options->place, options->json, kWords, [&](ServiceClient& service, auto done) {
          service.group_exists(options->groups.front(), std::move(done));
        });
  });
}

/// "add" and "remove": every connection that a filter names.
void add_change(CLI::App& family, const std::shared_ptr<GroupOptions>& options, bool adds,
                int& exit_code) {
  constexpr int kMostGroups = 100;
  const std::string name = adds ? "add" : "remove";
  auto* verb = add_verb(family, name,
                        adds ? "Put connections into groups" : "Take connections out of groups",
                        *options, kMostGroups);
  auto* filter =
      verb->add_option("--filter", options->filter, "Those that it names")->type_name("ODATA");
  verb->add_flag("--all", options->all, "Every connection of the hub")->excludes(filter);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub group " + name + " site-7 --filter \"userId eq 'edge-01'\"");
  verb->callback([options, adds, name, &exit_code] {
    if (options->filter.empty() && !options->all) {
      throw CLI::ValidationError(name, "--filter ODATA, or --all, is needed");
    }
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      if (adds) {
        service.add_connections_to_groups(options->groups, options->filter, std::move(done));
      } else {
        service.remove_connections_from_groups(options->groups, options->filter, std::move(done));
      }
    });
  });
}

std::string line_of(const GroupMember& member, bool json) {
  if (!json) {
    return member.user_id.empty() ? member.connection_id
                                  : member.connection_id + '\t' + member.user_id;
  }
  std::string line = "{\"connectionId\":";
  append_json_string(line, member.connection_id);
  if (!member.user_id.empty()) {
    line += ",\"userId\":";
    append_json_string(line, member.user_id);
  }
  return line + '}';
}

int list(const GroupOptions& options) {
  return with_service(options.place, [&options](Session& session, ServiceClient& service) {
    using Told = ServiceClient::Done<GroupPage>;
    auto page = session.wait_for<GroupPage>([&](Told told) {
      service.list_group(options.groups.front(), options.list, std::move(told));
    });
    while (true) {
      if (!page) return fail(page.error());
      for (const GroupMember& member : page->members) {
        const int printed = print_text(line_of(member, options.json));
        if (printed != exit_code::kOk) return printed;
      }
      if (page->next.empty()) return exit_code::kOk;
      page = session.wait_for<GroupPage>(
          [&](Told told) { service.next_page(page->next, std::move(told)); });
    }
  });
}

void add_list(CLI::App& family, const std::shared_ptr<GroupOptions>& options, int& exit_code) {
  constexpr int kMostOfAPage = 200;
  auto* verb = add_verb(family, "list", "Print who is in it: connection id, user id", *options, 1);
  verb->add_flag("--json", options->json, "A JSON object on each line");
  verb->add_option("--page-size", options->list.page_size, "Members asked for at a time")
      ->check(CLI::Range(1, kMostOfAPage))
      ->type_name("N");
  verb->add_option("--top", options->list.top, "No more than these")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub group list site-7 --json");
  verb->callback([options, &exit_code] { exit_code = list(*options); });
}

void add_close(CLI::App& family, const std::shared_ptr<GroupOptions>& options, int& exit_code) {
  auto* verb = add_verb(family, "close", "Close the connections in it", *options, 1);
  verb->add_option("--reason", options->close.reason, "Told to the clients")->type_name("TEXT");
  verb->add_option("--excluded", options->close.excluded, "Not this connection; repeatable")
      ->type_name("ID")
      ->allow_extra_args(false);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub group close site-7 --reason 'site is closed'");
  verb->callback([options, &exit_code] {
    exit_code = carry_out(options->place, [&](ServiceClient& service, auto done) {
      service.close_group(options->groups.front(), options->close, std::move(done));
    });
  });
}

}  // namespace

void add_group(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<GroupOptions>();
  auto* family = program.add_subcommand("group", "List, fill, empty and close groups");
  family->require_subcommand(1);
  family->footer("Example: webpubsub group list site-7");
  add_exists(*family, options, exit_code);
  add_change(*family, options, true, exit_code);
  add_change(*family, options, false, exit_code);
  add_list(*family, options, exit_code);
  add_close(*family, options, exit_code);
}

}  // namespace webpubsub::command
