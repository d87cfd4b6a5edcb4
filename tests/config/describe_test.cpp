// The effective configuration loads again to the same settings, secrets aside.

#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

void expect_same(const MqttOptions& a, const MqttOptions& b) {
  EXPECT_EQ(a.broker, b.broker);
  EXPECT_EQ(a.client_id, b.client_id);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.username, b.username);
  EXPECT_EQ(a.password.empty(), b.password.empty());
  EXPECT_EQ(a.keep_alive, b.keep_alive);
  EXPECT_EQ(a.session_expiry, b.session_expiry);
  EXPECT_EQ(a.tls.ca_file, b.tls.ca_file);
  EXPECT_EQ(a.tls.certificate_file, b.tls.certificate_file);
  EXPECT_EQ(a.tls.key_file, b.tls.key_file);
}

void expect_same(const ServiceSettings& a, const ServiceSettings& b) {
  EXPECT_EQ(a.hub, b.hub);
  ASSERT_EQ(a.connection_string.has_value(), b.connection_string.has_value());
  if (a.connection_string) {
    EXPECT_EQ(a.connection_string->endpoint, b.connection_string->endpoint);
  }
  EXPECT_EQ(a.client_access_url.has_value(), b.client_access_url.has_value());
  EXPECT_EQ(a.user_id, b.user_id);
  EXPECT_EQ(a.roles, b.roles);
  EXPECT_EQ(a.proxy.empty(), b.proxy.empty());
  EXPECT_EQ(a.keep_alive, b.keep_alive);
  EXPECT_EQ(a.tls.ca_file, b.tls.ca_file);
}

void expect_same(const webpubsub::hub::HubOptions& a, const webpubsub::hub::HubOptions& b) {
  EXPECT_EQ(a.address, b.address);
  EXPECT_EQ(a.port, b.port);
  EXPECT_EQ(a.tls.certificate_file, b.tls.certificate_file);
  EXPECT_EQ(a.tls.key_file, b.tls.key_file);
  EXPECT_EQ(a.access_keys, b.access_keys);
  EXPECT_EQ(a.dashboard_hub, b.dashboard_hub);
  EXPECT_EQ(a.dashboard_groups, b.dashboard_groups);
  EXPECT_EQ(a.command_user, b.command_user);
}

void expect_same(const RuleOptions& a, const RuleOptions& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_TRUE(a.topics == b.topics);
  EXPECT_EQ(a.retained, b.retained);
  EXPECT_TRUE(a.select == b.select);
  EXPECT_TRUE(a.convert == b.convert);
  EXPECT_TRUE(a.where == b.where);
  EXPECT_TRUE(a.thin == b.thin);
  EXPECT_EQ(a.qos, b.qos);
  EXPECT_EQ(a.group.text(), b.group.text());
  EXPECT_EQ(a.payload, b.payload);
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(a.batch.max_samples, b.batch.max_samples);
  EXPECT_EQ(a.batch.max_bytes, b.batch.max_bytes);
  EXPECT_EQ(a.batch.max_delay, b.batch.max_delay);
  EXPECT_EQ(a.send, b.send);
  EXPECT_EQ(a.no_echo, b.no_echo);
}

void expect_same(const CommandOptions& a, const CommandOptions& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.from_group, b.from_group);
  ASSERT_EQ(a.when.size(), b.when.size());
  for (std::size_t i = 0; i < a.when.size(); ++i) {
    EXPECT_EQ(a.when[i].pointer, b.when[i].pointer);
    EXPECT_EQ(a.when[i].one_of, b.when[i].one_of);
  }
  EXPECT_EQ(a.topic.text(), b.topic.text());
  EXPECT_EQ(a.payload, b.payload);
  EXPECT_EQ(a.qos, b.qos);
  EXPECT_EQ(a.retain, b.retain);
  EXPECT_EQ(a.allow, b.allow);
}

void expect_round_trip(const Settings& settings) {
  const auto text = describe(settings);
  SCOPED_TRACE(text);
  // Another machine without an environment: all that matters must be in the text.
  Environment elsewhere{};
  const auto again = settings_of(text, elsewhere);
  EXPECT_EQ(again.gateway_id, settings.gateway_id);
  expect_same(again.mqtt, settings.mqtt);
  expect_same(again.webpubsub, settings.webpubsub);
  expect_same(again.hub, settings.hub);
  ASSERT_EQ(again.rules.size(), settings.rules.size());
  for (std::size_t i = 0; i < again.rules.size(); ++i) {
    expect_same(again.rules[i], settings.rules[i]);
  }
  ASSERT_EQ(again.commands.size(), settings.commands.size());
  for (std::size_t i = 0; i < again.commands.size(); ++i) {
    expect_same(again.commands[i], settings.commands[i]);
  }
  EXPECT_EQ(again.presence.group, settings.presence.group);
  EXPECT_EQ(again.presence.interval, settings.presence.interval);
  EXPECT_EQ(again.uplink.pace, settings.uplink.pace);
  EXPECT_EQ(again.uplink.max_bytes, settings.uplink.max_bytes);
  EXPECT_EQ(again.status.address, settings.status.address);
  EXPECT_EQ(again.log.level, settings.log.level);
  EXPECT_EQ(again.log.format, settings.log.format);
  EXPECT_EQ(describe(again), text);
}

TEST(Describe, RoundTripsDefaults) { expect_round_trip(settings_of("")); }

TEST(Describe, RoundTripsTheManual) {
  expect_round_trip(settings_of_file(config_folder() / "gateway.yaml"));
}

TEST(Describe, RoundTripsTheStagesOfRules) {
  const auto settings =
      settings_of_file(config_folder().parent_path() / "tests/config/good/stages.yaml");
  ASSERT_EQ(settings.rules.size(), 10U);
  EXPECT_EQ(settings.rules[0].select.size(), 5U);
  expect_round_trip(settings);
}

TEST(Describe, RoundTripsFilesByTheirPaths) {
  const support::TempFolder folder;
  folder.write("key", "0123456789abcdef0123456789abcdef");
  folder.write("pem", "x");
  folder.write("password", "p");
  folder.write("cs", "Endpoint=https://a.example:8443;AccessKey=k");
  const auto settings =
      settings_of_file(folder.write("gateway.yaml",
                                    "mqtt:\n  broker: mqtts://h\n  password_file: password\n"
                                    "  tls: {ca_file: pem, certificate_file: pem, key_file: pem}\n"
                                    "webpubsub: {connection_string_file: cs, tls: {ca_file: pem}}\n"
                                    "hub:\n  listen: 0.0.0.0:443\n  access_key_file: key\n"
                                    "  tls: {certificate_file: pem, key_file: pem}\n"));
  expect_round_trip(settings);
  EXPECT_EQ(settings_of(describe(settings)).mqtt.password.reveal(), "p");
}

TEST(Describe, RoundTripsWrittenSecretsAsStars) {
  const auto settings = settings_of(
      "mqtt: {username: u, password: p}\n"
      "webpubsub: {connection_string: Endpoint=http://a.example;AccessKey=k, "
      "proxy: \"http://u:p@h:1\"}\n");
  expect_round_trip(settings);
  const auto text = describe(settings);
  EXPECT_NE(text.find("  password: \"***\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Endpoint=http://a.example;AccessKey=***;Version=1.0;"), std::string::npos);
  EXPECT_NE(text.find("http://u:***@h:1"), std::string::npos);
  expect_round_trip(settings_of(
      "webpubsub: {client_access_url: \"wss://a.example/client/hubs/h?access_token=t\"}\n"));
}

TEST(Describe, RoundTripsTextThatYamlWouldReadOtherwise) {
  for (const std::string text :
       {"null",   "~",       "true",   "5",
        "0x10",   " blank ", "a: b",   "a #b",
        "#a",     "-",       "- a",    "*a",
        "&a",     "!a",      "%a",     "@a",
        "{a}",    "[a]",     "\"a\"",  "'a'",
        "a\\\"b", "$${A}",   "$$${A}", "${A:-d}x",
        "?",      "|",       ">",      "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
        "---",    "...",     "<<",     "=",
        "a,b",    ""}) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    quoted += "'";
    SCOPED_TRACE(text);
    expect_round_trip(settings_of("mqtt: {username: " + quoted + "}\n" +
                                  "commands:\n  - {name: a, topic: t, when: {/a: {one_of: [" +
                                  quoted + "]}}}\n"));
  }
}

TEST(Describe, RoundTripsTypedConditions) {
  expect_round_trip(settings_of(
      "commands:\n  - name: a\n    topic: \"x/{/y}\"\n    allow: [x/+, \"#\"]\n    from: group:g\n"
      "    when: {/a: 5, /b: \"5\", /c: true, /d: \"true\", /e: {one_of: [null, \"null\", "
      "-1.5e3]}, "
      "/f: \"*\", /g: {one_of: [\"*\"]}, \"/h ~1\": x}\n"));
}

TEST(Describe, RoundTripsAllOfACommand) {
  const auto settings = settings_of(
      "commands:\n  - name: a\n    from: invoke\n    topic: \"x/{/y}\"\n    allow: [x/+]\n"
      "    when: {/a: {min: -1.5, below: 7}, /b: {type: integer, required: false}}\n"
      "    arguments: {/c: {type: text, max_length: 9}, /d: {above: 0, max: 1, one_of: [1]}}\n"
      "    payload: '{{\"v\": {/v}}}'\n    expiry: 30s\n    user_properties: {p: \"{/c}!\"}\n"
      "    max_size: 64KiB\n    id: /id\n    remember: 2h\n    dry_run: true\n"
      "    deadline: {at: /until, issued: /sent, tolerance: 1500ms}\n"
      "    rate_limit: 20/s\n    sender_rate_limit: 90/m\n"
      "    reply: {topic: \"r/{/id}\", timeout: 5s, id: /in/reply, to: group:ops}\n"
      "  - {name: b, topic: t, deadline: {lifetime: /ttl}, reply: {to: event:done}}\n"
      "  - {name: c, topic: t, deadline: /until}\n");
  ASSERT_EQ(settings.commands.size(), 3U);
  const auto& command = settings.commands[0];
  EXPECT_TRUE(command.from_invoke);
  EXPECT_EQ(command.arguments[1].above, 0.0);
  EXPECT_EQ(command.sender_rate_limit, 1.5);
  EXPECT_EQ(command.deadline.tolerance, std::chrono::milliseconds(1500));
  ASSERT_TRUE(command.reply && command.reply->topic);
  EXPECT_EQ(command.reply->id, "/in/reply");
  EXPECT_EQ(settings.commands[1].deadline.lifetime, "/ttl");
  EXPECT_EQ(settings.commands[1].reply->to.name, "done");
  EXPECT_EQ(settings.commands[2].deadline.at, "/until");
  expect_round_trip(settings);
}

TEST(Describe, RoundTripsWhatIsOff) {
  expect_round_trip(
      settings_of("status: {listen: off}\npresence: {group: \"\"}\n"
                  "webpubsub: {roles: []}\n"));
  expect_round_trip(settings_of("webpubsub: {roles: [webpubsub.sendToGroup.a b]}\n"));
}

}  // namespace
}  // namespace gateway::config
