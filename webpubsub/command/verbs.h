// The verbs of the program, one family each. What they declare lives as long as `program`; the one
// that is called leaves its exit code.

#pragma once

namespace CLI {
class App;
}

namespace webpubsub::command {

void add_token(CLI::App& program, int& exit_code);
void add_listen(CLI::App& program, int& exit_code);
void add_send(CLI::App& program, int& exit_code);
void add_event(CLI::App& program, int& exit_code);
void add_group(CLI::App& program, int& exit_code);
void add_user(CLI::App& program, int& exit_code);
void add_connection(CLI::App& program, int& exit_code);
void add_permission(CLI::App& program, int& exit_code);
void add_health(CLI::App& program, int& exit_code);

}  // namespace webpubsub::command
