#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "webpubsub/command/answers.h"
#include "webpubsub/command/client_place.h"
#include "webpubsub/command/data_type.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/message_feed.h"
#include "webpubsub/command/message_text.h"
#include "webpubsub/command/send.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

struct EventOptions {
  ClientPlace place{};
  std::string event{};
  std::optional<std::string> message{};
  DataType type = DataType::Text;
  bool invoke = false;
  bool json = false;
};

/// Connects, raises one event, and prints what the handler replied. The service sends a reply
/// before the ack (reference, section 3.3), so what came until then is the reply.
class Raiser final : public ClientListener {
 public:
  Raiser(Session& session, const EventOptions& options, Data data)
      : session_(session), options_(options), data_(std::move(data)) {}

  int run(Credential& credential) {
    client_ = Client::create(session_.loop(), credential, client_options(options_.place), *this,
                             session_.log());
    client_->start();
    session_.loop().run();
    return exit_code_.value_or(exit_code::kInternal);
  }

  void on_connected(const Connected& connected) override {
    static_cast<void>(connected);
    raise();
  }
  void on_disconnected(const Error& why, std::optional<std::chrono::milliseconds> retry) override {
    static_cast<void>(retry);
    if (!is_raised_) fail_with({why.code, "cannot connect: " + why.message, why.service_code});
  }
  void on_server_message(const ServerMessage& message) override {
    if (!options_.invoke) print(message.data);
  }
  void on_stopped() override { session_.loop().stop(); }

 private:
  void raise();
  void print(const Data& data);
  void not_answered(const Error& why);
  void fail_with(const Error& error) {
    if (!exit_code_) end_with(fail(error));
  }
  void end_with(int code) {
    if (exit_code_) return;
    exit_code_ = code;
    client_->stop();
  }

  Session& session_;
  const EventOptions& options_;
  const Data data_;
  std::unique_ptr<Client> client_{};
  bool is_raised_ = false;
  std::optional<int> exit_code_{};  // it is ending
};

void Raiser::raise() {
  if (std::exchange(is_raised_, true)) return;  // its outcome is on the way
  if (options_.invoke) {
    client_->invoke(options_.event, data_.type, data_.bytes, [this](const Result<Data>& reply) {
      if (!reply) return not_answered(reply.error());
      print(*reply);
      end_with(exit_code::kOk);
    });
    return;
  }
  const Offer offer = client_->send_event(options_.event, data_.type, data_.bytes, true,
                                          [this](const Result<void>& outcome) {
                                            if (!outcome) return not_answered(outcome.error());
                                            end_with(exit_code::kOk);
                                          });
  if (offer != Offer::Accepted) fail_with({Errc::Unavailable, "the connection ended at once"});
}

// The service is there: what is not well is behind it.
void Raiser::not_answered(const Error& why) {
  if (why.code != Errc::Unavailable || client_->state() != ClientState::Connected) {
    return fail_with(why);
  }
  fail_with({Errc::NotFound, why.message + "; is there an event handler for '" + options_.event +
                                 "' that answers?"});
}

void Raiser::print(const Data& data) {
  if (exit_code_) return;
  const int code = print_text(options_.json ? json_line(data) : data.bytes);
  if (code != exit_code::kOk) end_with(code);
}

int event(const EventOptions& options) {
  const auto session = Session::open(options.place.place.debug);
  if (!session) return fail(session.error());
  const auto credential = make_credential(**session, options.place, {});
  if (!credential) return fail_configuration(credential.error());
  auto feed = open_feed(options.message, false, options.type);
  if (!feed) return fail(feed.error());
  auto data = feed->next();
  if (!data) return fail(data.error());
  return Raiser(**session, options, std::move(**data)).run(**credential);
}

}  // namespace

void add_event(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<EventOptions>();
  auto* verb = program.add_subcommand("event", "Raise an event as a client, and print the reply");
  verb->add_option("event", options->event, "Its name")->required()->type_name("EVENT");
  const auto take = [options](const std::vector<std::string>& words) {
    options->message = words.front();
    return true;
  };
  verb->add_option("message", take, "Default: standard input")->type_name("MESSAGE");
  add_data_type(*verb, options->type);
  verb->add_flag("--invoke", options->invoke, "As an invocation, where the service has them");
  verb->add_flag("--json", options->json, "The reply as a JSON object");
  add_client_place(*verb, options->place);
  verb->footer("Example: webpubsub event snapshot --type json '{\"group\":\"site-7\"}'");
  verb->callback([options, &exit_code] { exit_code = event(*options); });
}

}  // namespace webpubsub::command
