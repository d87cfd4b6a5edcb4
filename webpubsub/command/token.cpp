#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/units.h"
#include "webpubsub/command/answers.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/verbs.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::command {

namespace {

struct TokenOptions {
  Place place{};
  ClientTokenOptions token{};
  bool token_only = false;
  bool json = false;
};

/// "sendToGroup.site-7" is short for "webpubsub.sendToGroup.site-7".
void complete_roles(std::vector<std::string>& roles) {
  constexpr std::string_view kPrefix = "webpubsub.";
  for (std::string& role : roles) {
    if (!role.starts_with(kPrefix)) role.insert(0, kPrefix);
  }
}

std::string as_json(std::string_view url, std::string_view token) {
  std::string line = "{\"baseUrl\":";
  append_json_string(line, url.substr(0, url.find('?')));
  line += ",\"token\":";
  append_json_string(line, token);
  line += ",\"url\":";
  append_json_string(line, url);
  return line + '}';
}

int token(const TokenOptions& options) {
  return with_service(options.place, [&options](Session& session, ServiceClient& service) {
    const auto access = session.wait_for<ClientAccess>([&](ServiceClient::Done<ClientAccess> told) {
      service.client_access(options.token, std::move(told));
    });
    if (!access) return fail(access.error());
    const auto url = through_endpoint(access->url, options.place.endpoint);
    if (!url) return fail(url.error());
    if (options.json) return print_line(as_json(url->reveal(), access->token.reveal()));
    return print_line(options.token_only ? access->token.reveal() : url->reveal());
  });
}

}  // namespace

void add_token(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<TokenOptions>();
  ClientTokenOptions& token_options = options->token;
  auto* verb =
      program.add_subcommand("token", "Print a URL, with a token, to connect a client with");
  verb->add_option("--user", token_options.user_id, "User id; default: anonymous")
      ->type_name("USER");
  verb->add_option("--role", token_options.roles,
                   "sendToGroup or joinLeaveGroup, for one group with .GROUP; repeatable")
      ->type_name("ROLE")
      ->allow_extra_args(false);
  verb->add_option("-g,--group", token_options.groups, "Is in it from the start; repeatable")
      ->type_name("GROUP")
      ->allow_extra_args(false);
  const auto read_ttl = [&token_options](const std::vector<std::string>& texts) {
    const auto ttl = parse_duration(texts.front());
    if (!ttl) throw CLI::ValidationError("--ttl", ttl.error().message);
    token_options.lifetime = std::chrono::floor<std::chrono::minutes>(*ttl);
    if (*ttl < std::chrono::minutes(1) || token_options.lifetime != *ttl) {
      throw CLI::ValidationError("--ttl", "whole minutes, at least 1m; got " + texts.front());
    }
    return true;
  };
  verb->add_option("--ttl", read_ttl, "How long it lets in; default: 1h")->type_name("DURATION");
  verb->add_flag("--mqtt", token_options.mqtt, "For an MQTT client");
  auto* only = verb->add_flag("--token-only", options->token_only, "Without the URL");
  verb->add_flag("--json", options->json, "As a JSON object: baseUrl, token, url")->excludes(only);
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub token --user edge-01 --role sendToGroup.site-7 --ttl 10m");
  verb->callback([options, &exit_code] {
    complete_roles(options->token.roles);
    exit_code = token(*options);
  });
}

}  // namespace webpubsub::command
