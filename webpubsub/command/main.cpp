// webpubsub: Azure Web PubSub from a shell.

#include <csignal>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/verbs.h"

// What gets here as an exception is a defect: an abort tells more about it than an exit code.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  using namespace webpubsub::command;  // NOLINT(google-build-using-namespace): the program itself
  // A reader that went away is an error of a write, also where the write is a library's.
  std::signal(SIGPIPE, SIG_IGN);
  int exit_code = exit_code::kOk;
  CLI::App program{"Sends, listens and manages groups and connections of Azure Web PubSub.",
                   "webpubsub"};
  program.require_subcommand(1);
  program.set_version_flag("--version", "webpubsub " GW_VERSION);
  program.footer(
      "The service: WEBPUBSUB_CONNECTION_STRING in the environment, and WEBPUBSUB_HUB.\n"
      "Example: webpubsub send --hub telemetry --group site-7 hello");
  add_token(program, exit_code);
  add_listen(program, exit_code);
  add_send(program, exit_code);
  add_event(program, exit_code);
  add_group(program, exit_code);
  add_user(program, exit_code);
  add_connection(program, exit_code);
  add_permission(program, exit_code);
  add_health(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? exit_code::kOk : exit_code::kUsage;
  }
  return exit_code;
}
