#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <unistd.h>

#include "webpubsub/auth/roles.h"
#include "webpubsub/command/answers.h"
#include "webpubsub/command/data_type.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/input_watch.h"
#include "webpubsub/command/send.h"

namespace webpubsub::command {

namespace {

class Sender final : public ClientListener {
 public:
  Sender(Session& session, const SendArguments& arguments, MessageFeed feed)
      : session_(session), arguments_(arguments), feed_(std::move(feed)) {}

  int run(Credential& credential) {
    client_ = Client::create(session_.loop(), credential, client_options(arguments_.place), *this,
                             session_.log());
    client_->start();
    session_.loop().run();
    if (failure_) return fail(*failure_);
    return report_sent(arguments_, sent_);
  }

  void on_connected(const Connected& connected) override {
    static_cast<void>(connected);
    send_more();
  }
  void on_recovered() override { send_more(); }
  void on_drain() override { send_more(); }
  void on_disconnected(const Error& why, std::optional<std::chrono::milliseconds> retry) override {
    static_cast<void>(retry);
    // What was under way fails as well, and knows its line.
    if (in_flight_ == 0) end_with(why);
  }
  void on_stopped() override { session_.loop().stop(); }

 private:
  void send_more();
  Offer offer(const Data& data);
  void on_sent(std::size_t line, const Result<void>& outcome);
  void want_input();
  void on_readable();
  void end_with(const Error& error);
  void end_if_done();

  Session& session_;
  const SendArguments& arguments_;
  MessageFeed feed_;
  std::unique_ptr<net::FdWatcher> input_{};
  bool waits_for_input_ = false;
  std::unique_ptr<Client> client_{};
  std::optional<Data> held_{};  // was answered Full
  std::size_t in_flight_ = 0;
  std::size_t sent_ = 0;
  std::optional<Error> failure_{};
  bool stopping_ = false;
};

Offer Sender::offer(const Data& data) {
  SendOptions options{.no_echo = arguments_.no_echo, .acknowledged = true};
  if (arguments_.options.ttl) {
    options.ttl_seconds = static_cast<std::uint32_t>(arguments_.options.ttl->count());
  }
  return client_->send_to_group(
      arguments_.group, data.type, data.bytes, options,
      [this, line = feed_.line()](const Result<void>& outcome) { on_sent(line, outcome); });
}

void Sender::send_more() {
  if (client_->state() != ClientState::Connected) return;  // asked again when it is
  while (!stopping_) {
    if (!held_) {
      auto message = feed_.next();
      if (!message) return end_with(message.error());
      if (!*message) break;
      held_ = std::move(**message);
    }
    // Full: on_drain() follows. Offline: the connection's end is about to be told.
    if (offer(*held_) != Offer::Accepted) return;
    held_.reset();
    ++in_flight_;
  }
  end_if_done();
  want_input();
}

void Sender::want_input() {
  if (stopping_ || waits_for_input_ || feed_.is_over()) return;
  auto input = watch_input(session_.loop(), [this] { on_readable(); });
  if (!input) return end_with(input.error());
  input_ = std::move(*input);
  waits_for_input_ = true;
}

// What was read leaves first: no more is read than that.
void Sender::on_readable() {
  waits_for_input_ = false;
  session_.loop().defer([input = std::shared_ptr<net::FdWatcher>(std::move(input_))] {});
  if (stopping_) return;
  const auto bytes = read_some(STDIN_FILENO);
  if (!bytes) return end_with(bytes.error());
  *bytes ? feed_.feed(**bytes) : feed_.input_ended();
  send_more();
}

void Sender::on_sent(std::size_t line, const Result<void>& outcome) {
  --in_flight_;
  if (!outcome) return end_with(at_line(outcome.error(), line));
  ++sent_;
  end_if_done();
}

void Sender::end_if_done() {
  if (stopping_ || held_ || in_flight_ > 0 || !feed_.is_over()) return;
  stopping_ = true;
  client_->stop();
}

void Sender::end_with(const Error& error) {
  if (stopping_) return;
  failure_ = error;
  stopping_ = true;
  client_->stop();
}

}  // namespace

int send_as_client(const SendArguments& arguments) {
  const auto session = Session::open(arguments.place.place.debug);
  if (!session) return fail(session.error());
  const auto credential =
      make_credential(**session, arguments.place, {send_to_role(arguments.group)});
  if (!credential) return fail_configuration(credential.error());
  auto feed = open_feed(arguments.message, arguments.lines, arguments.type);
  if (!feed) return fail(feed.error());
  return Sender(**session, arguments, std::move(*feed)).run(**credential);
}

}  // namespace webpubsub::command
