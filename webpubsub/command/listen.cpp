#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/units.h"
#include "webpubsub/auth/roles.h"
#include "webpubsub/command/answers.h"
#include "webpubsub/command/client_place.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/message_text.h"
#include "webpubsub/command/stop_signals.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

struct ListenOptions {
  ClientPlace place{};
  std::vector<std::string> groups{};
  bool server = false;
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  std::uint64_t count = 0;                              // 0: no end
  std::optional<std::chrono::microseconds> duration{};  // nothing: no end
};

class Listener final : public ClientListener {
 public:
  Listener(Session& session, const ListenOptions& options)
      : session_(session),
        options_(options),
        deadline_(session.loop(), [this] { on_deadline(); }) {}

  int run(Credential& credential);

  void on_connected(const Connected& connected) override;
  void on_disconnected(const Error& why,
                       std::optional<std::chrono::milliseconds> retry_in) override;
  void on_recovering(const Error& why) override { tell("connection lost: " + why.message); }
  void on_recovered() override { tell("recovered; nothing was missed"); }
  void on_rejoin_failed(std::string_view group, const Error& why) override {
    tell("group " + std::string(group) + ": " + why.message);
  }
  void on_group_message(const GroupMessage& message) override;
  void on_server_message(const ServerMessage& message) override;
  void on_stopped() override { session_.loop().stop(); }

 private:
  void join();
  void on_joined(const std::string& group, const Result<void>& joined);
  void on_deadline();
  void on_stop_signal();
  void print(std::string_view name, const Data& data, const std::string& json);
  void end_with(int code);
  void tell(const std::string& words) const {
    if (!options_.quiet) note(words);
  }

  Session& session_;
  const ListenOptions& options_;
  net::Timer deadline_;
  std::unique_ptr<net::FdWatcher> signals_{};
  std::unique_ptr<Client> client_{};
  std::size_t to_join_ = 0;
  std::uint64_t printed_ = 0;
  bool was_connected_ = false;
  std::optional<int> exit_code_{};  // it is ending
};

int Listener::run(Credential& credential) {
  auto signals = watch_stop_signals(session_.loop(), [this] { on_stop_signal(); });
  if (!signals) return fail(signals.error());
  signals_ = std::move(*signals);
  client_ = Client::create(session_.loop(), credential, client_options(options_.place), *this,
                           session_.log());
  client_->start();
  join();
  if (options_.duration) deadline_.start_after(*options_.duration);
  session_.loop().run();
  return exit_code_.value_or(exit_code::kInternal);
}

void Listener::join() {
  to_join_ = options_.groups.size();
  for (const std::string& group : options_.groups) {
    client_->join_group(group,
                        [this, &group](const Result<void>& joined) { on_joined(group, joined); });
  }
}

void Listener::on_joined(const std::string& group, const Result<void>& joined) {
  if (exit_code_) return;
  if (!joined) {
    const Error& why = joined.error();
    return end_with(fail({why.code, "cannot join " + group + ": " + why.message, 0}));
  }
  if (--to_join_ == 0) tell("listening");
}

void Listener::on_connected(const Connected& connected) {
  tell((was_connected_ ? "connected anew as " : "connected as ") + connected.connection_id +
       (was_connected_ ? "; messages may have been missed" : ""));
  was_connected_ = true;
  if (options_.groups.empty()) tell("listening");
}

void Listener::on_disconnected(const Error& why,
                               std::optional<std::chrono::milliseconds> retry_in) {
  if (exit_code_) return;
  // A link that never was may be a wrong address; one that was heals, unless we are refused.
  const bool hopeless = why.code == Errc::Unauthorized || why.code == Errc::InvalidArgument;
  if (!was_connected_ || hopeless || !retry_in) {
    return end_with(fail({why.code, "cannot connect: " + why.message, why.service_code}));
  }
  tell("connection lost: " + why.message + "; next attempt in " + rough_duration(*retry_in));
}

void Listener::on_group_message(const GroupMessage& message) {
  if (options_.groups.empty()) return;
  print(message.group, message.data, options_.json ? json_line(message, wall_now()) : "");
}

void Listener::on_server_message(const ServerMessage& message) {
  if (!options_.server && !options_.groups.empty()) return;
  print("(server)", message.data, options_.json ? json_line(message, wall_now()) : "");
}

void Listener::print(std::string_view name, const Data& data, const std::string& json) {
  if (exit_code_) return;
  std::string line = json;
  if (!options_.json) {
    line = options_.verbose ? std::string(name) + ' ' + data.bytes : data.bytes;
  }
  if (const int code = print_text(line); code != exit_code::kOk) return end_with(code);
  ++printed_;
  if (printed_ == options_.count) end_with(exit_code::kOk);
}

// Who waits for a number of messages and did not get them wants to know.
void Listener::on_deadline() {
  if (options_.count == 0) return end_with(exit_code::kOk);
  tell("time is up after " + std::to_string(printed_) + " of " + std::to_string(options_.count) +
       " messages");
  end_with(exit_code::kTryAgain);
}

void Listener::on_stop_signal() {
  if (exit_code_) return session_.loop().stop();  // the second one: at once
  end_with(exit_code::kOk);
}

void Listener::end_with(int code) {
  if (exit_code_) return;
  exit_code_ = code;
  client_->stop();
}

std::vector<std::string> roles_for(const std::vector<std::string>& groups) {
  std::vector<std::string> roles;
  roles.reserve(groups.size());
  for (const std::string& group : groups) roles.push_back(join_leave_role(group));
  return roles;
}

int listen(const ListenOptions& options) {
  block_stop_signals();
  const auto session = Session::open(options.place.place.debug);
  if (!session) return fail(session.error());
  const auto credential = make_credential(**session, options.place, roles_for(options.groups));
  if (!credential) return fail_configuration(credential.error());
  return Listener(**session, options).run(**credential);
}

}  // namespace

void add_listen(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<ListenOptions>();
  auto* verb = program.add_subcommand("listen", "Print messages as they come");
  verb->add_option("-g,--group", options->groups, "Join it and print its messages; repeatable")
      ->type_name("GROUP")
      ->allow_extra_args(false);
  verb->add_flag("--server", options->server,
                 "Also those sent to all, to the user and to the connection");
  verb->add_flag("--json", options->json, "A JSON object on each line");
  verb->add_flag("-v,--verbose", options->verbose, "The group's name before each message");
  verb->add_flag("-q,--quiet", options->quiet, "Say nothing about the connection");
  verb->add_option("-n,--count", options->count, "End after so many messages")
      ->check(CLI::PositiveNumber)
      ->type_name("COUNT");
  const auto read = [options](const std::vector<std::string>& texts) {
    const auto duration = parse_duration(texts.front());
    if (!duration) throw CLI::ValidationError("--for", duration.error().message);
    options->duration = *duration;
    return true;
  };
  verb->add_option("--for", read, "End after this time; exits with 75 if --count was not reached")
      ->type_name("DURATION");
  add_client_place(*verb, options->place);
  verb->footer("Example: webpubsub listen --group site-7 --json");
  verb->callback([options, &exit_code] { exit_code = listen(*options); });
}

}  // namespace webpubsub::command
