#include "webpubsub/command/send.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/units.h"
#include "webpubsub/command/answers.h"
#include "webpubsub/command/data_type.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

void send_one(ServiceClient& service, const SendArguments& arguments, const Data& data,
              ServiceClient::Done<void> done) {
  const ServiceSendOptions& options = arguments.options;
  if (arguments.all) return service.send_to_all(data, options, std::move(done));
  if (!arguments.group.empty()) {
    return service.send_to_group(arguments.group, data, options, std::move(done));
  }
  if (!arguments.user.empty()) {
    return service.send_to_user(arguments.user, data, options, std::move(done));
  }
  service.send_to_connection(arguments.connection, data, options, std::move(done));
}

/// One after another: the order of the lines is that of the messages.
int send_over_rest(const SendArguments& arguments) {
  return with_service(arguments.place.place, [&](Session& session, ServiceClient& service) {
    auto feed = open_feed(arguments.message, arguments.lines, arguments.type);
    if (!feed) return fail(feed.error());
    std::size_t count = 0;
    while (!feed->is_over()) {
      const auto message = feed->next();
      if (!message) return fail(message.error());
      if (*message) {
        const auto sent = session.wait_for<void>([&](ServiceClient::Done<void> told) {
          send_one(service, arguments, **message, std::move(told));
        });
        if (!sent) return fail(at_line(sent.error(), feed->line()));
        ++count;
      } else if (!feed->is_over()) {
        auto bytes = read_some(STDIN_FILENO);
        if (!bytes) return fail(bytes.error());
        *bytes ? feed->feed(**bytes) : feed->input_ended();
      }
    }
    return report_sent(arguments, count);
  });
}

/// Errors: what does not go together, for the user.
void check(const SendArguments& arguments) {
  const int targets = (arguments.all ? 1 : 0) + (arguments.group.empty() ? 0 : 1) +
                      (arguments.user.empty() ? 0 : 1) + (arguments.connection.empty() ? 0 : 1);
  if (targets != 1) {
    throw CLI::ValidationError("send",
                               "one of --all, --group, --to-user and --connection is needed");
  }
  if (arguments.as_client && arguments.group.empty()) {
    throw CLI::ValidationError("--as-client", "clients send to a --group");
  }
  if (arguments.as_client &&
      !(arguments.options.excluded.empty() && arguments.options.filter.empty())) {
    throw CLI::ValidationError("--as-client", "--excluded and --filter are not for clients");
  }
}

void add_targets(CLI::App& verb, SendArguments& arguments) {
  verb.add_flag("--all", arguments.all, "To every connection of the hub");
  verb.add_option("-g,--group", arguments.group, "To a group")->type_name("GROUP");
  verb.add_option("-u,--to-user", arguments.user, "To a user's connections")->type_name("USER");
  verb.add_option("-c,--connection", arguments.connection, "To a connection")->type_name("ID");
}

}  // namespace

Result<MessageFeed> open_feed(const std::optional<std::string>& message, bool lines,
                              DataType type) {
  if (message) {
    auto feed = MessageFeed::whole(type);
    feed.feed(*message);
    feed.input_ended();
    return feed;
  }
  if (lines) return MessageFeed::lines(type);
  auto feed = MessageFeed::whole(type);
  while (true) {
    const auto bytes = read_some(STDIN_FILENO);
    if (!bytes) return bytes.error();
    if (!*bytes) break;
    feed.feed(**bytes);
    if (const auto too_large = feed.next(); !too_large) return too_large.error();
  }
  feed.input_ended();
  return feed;
}

int report_sent(const SendArguments& arguments, std::size_t count) {
  if (!arguments.json) return exit_code::kOk;
  return print_line("{\"sent\":" + std::to_string(count) + "}");
}

void add_send(CLI::App& program, int& exit_code) {
  const auto arguments = std::make_shared<SendArguments>();
  auto* verb = program.add_subcommand("send", "Send a message, or one for each line of input");
  const auto take = [arguments](const std::vector<std::string>& words) {
    arguments->message = words.front();
    return true;
  };
  auto* message =
      verb->add_option("message", take, "Default: standard input")->type_name("MESSAGE");
  add_targets(*verb, *arguments);
  add_data_type(*verb, arguments->type);
  verb->add_flag("--lines", arguments->lines, "Each line of standard input is a message")
      ->excludes(message);
  verb->add_option("--excluded", arguments->options.excluded, "Not to this connection; repeatable")
      ->type_name("ID")
      ->allow_extra_args(false);
  verb->add_option("--filter", arguments->options.filter, "Only to those that it names")
      ->type_name("ODATA");
  const auto read_ttl = [arguments](const std::vector<std::string>& texts) {
    const auto ttl = parse_duration(texts.front());
    if (!ttl) throw CLI::ValidationError("--ttl", ttl.error().message);
    arguments->options.ttl = std::chrono::ceil<std::chrono::seconds>(*ttl);
    return true;
  };
  verb->add_option("--ttl", read_ttl, "What nobody took by then is dropped; 0 to 300s")
      ->type_name("DURATION");
  verb->add_flag("--json", arguments->json, "Print how many were sent, as a JSON object");
  auto* as_client = verb->add_flag("--as-client", arguments->as_client,
                                   "Over a WebSocket, each message acknowledged");
  verb->add_flag("--no-echo", arguments->no_echo, "As a client: not back to it")->needs(as_client);
  add_client_place(*verb, arguments->place);
  verb->footer("Example: webpubsub send --group site-7 --type json '{\"t\":21.5}'");
  verb->callback([arguments, &exit_code] {
    check(*arguments);
    exit_code = arguments->as_client ? send_as_client(*arguments) : send_over_rest(*arguments);
  });
}

}  // namespace webpubsub::command
