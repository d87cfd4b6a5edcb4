// What a good configuration becomes.

#include "config/load.h"

#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Load, AnEmptyFileIsEveryFoldersDefaults) {
  const auto settings = settings_of("");
  EXPECT_EQ(settings.gateway_id, "bench-7");
  EXPECT_EQ(settings.mqtt.broker, MqttOptions{}.broker);
  EXPECT_EQ(settings.mqtt.keep_alive, seconds(30));
  EXPECT_TRUE(settings.webpubsub.uses_embedded_hub());
  EXPECT_FALSE(settings.webpubsub.roles);
  EXPECT_EQ(settings.hub.address, "127.0.0.1");
  EXPECT_EQ(settings.hub.port, 8080);
  EXPECT_TRUE(settings.hub.access_keys.empty());
  EXPECT_TRUE(settings.rules.empty());
  EXPECT_TRUE(settings.commands.empty());
  EXPECT_EQ(settings.presence.group, "gateways");
  EXPECT_EQ(settings.uplink.max_bytes, UplinkOptions{}.max_bytes);
  EXPECT_EQ(settings.status.port, 9464);
  EXPECT_EQ(settings.log.level, webpubsub::LogLevel::Info);
}

TEST(Load, Mqtt) {
  const support::TempFolder folder;
  for (const auto* const name : {"ca.pem", "me.pem", "me.key"}) folder.write(name, "x");
  const auto settings = settings_of_file(
      folder.write("gateway.yaml",
                   "mqtt:\n"
                   "  broker: mqtts://broker.example:8884\n"
                   "  client_id: c\n"
                   "  version: 3.1.1\n"
                   "  username: u\n"
                   "  password: p\n"
                   "  keep_alive: 1m\n"
                   "  session_expiry: 0\n"
                   "  tls: {ca_file: ca.pem, certificate_file: ./me.pem, key_file: me.key}\n"));
  EXPECT_EQ(settings.mqtt.broker, "mqtts://broker.example:8884");
  EXPECT_EQ(settings.mqtt.client_id, "c");
  EXPECT_EQ(settings.mqtt.version, MqttVersion::V311);
  EXPECT_EQ(settings.mqtt.username, "u");
  EXPECT_EQ(settings.mqtt.password.reveal(), "p");
  EXPECT_EQ(settings.mqtt.keep_alive, seconds(60));
  EXPECT_EQ(settings.mqtt.session_expiry, seconds(0));
  EXPECT_EQ(settings.mqtt.tls.ca_file, (folder.path() / "ca.pem").string());
  EXPECT_EQ(settings.mqtt.tls.certificate_file, (folder.path() / "me.pem").string());
  EXPECT_EQ(settings.mqtt.tls.key_file, (folder.path() / "me.key").string());
}

TEST(Load, WebPubSub) {
  const auto settings = settings_of(
      "webpubsub:\n"
      "  hub: plant\n"
      "  connection_string: Endpoint=https://a.example/;AccessKey=k=;Version=1.0;\n"
      "  user_id: u\n"
      "  roles: [webpubsub.sendToGroup, webpubsub.joinLeaveGroup.a.b, "
      "\"webpubsub.sendToGroups.a*\"]\n"
      "  subprotocol: protobuf.reliable\n"
      "  proxy: http://u:p@proxy.example:3128\n"
      "  keep_alive: 90s\n"
      "  pace: 250.5/s\n"
      "  rate_limit: {messages: 100/s, bytes: 256KiB/s, daily_billing_units: 15000}\n");
  EXPECT_EQ(settings.webpubsub.hub, "plant");
  ASSERT_TRUE(settings.webpubsub.connection_string);
  EXPECT_EQ(settings.webpubsub.connection_string->endpoint, "https://a.example");
  EXPECT_EQ(settings.webpubsub.connection_string->access_key.reveal(), "k=");
  EXPECT_EQ(settings.webpubsub.user_id, "u");
  ASSERT_TRUE(settings.webpubsub.roles);
  EXPECT_EQ(settings.webpubsub.roles->size(), 3U);
  EXPECT_EQ(settings.webpubsub.codec, &webpubsub::protobuf_reliable_codec());
  EXPECT_EQ(settings.webpubsub.proxy, "http://u:p@proxy.example:3128");
  EXPECT_EQ(settings.webpubsub.keep_alive, std::chrono::seconds(90));
  EXPECT_EQ(settings.uplink.pace, 250.5);
  EXPECT_EQ(settings.uplink.rate_limit,
            (RateLimits{.frames = 100, .bytes = 262'144, .daily_billing_units = 15'000}));
}

TEST(Load, AClientAccessUrlIsASourceToo) {
  const auto settings =
      settings_of("webpubsub:\n  client_access_url: ws://h:80/client/hubs/h?access_token=t\n");
  ASSERT_TRUE(settings.webpubsub.client_access_url);
  EXPECT_EQ(settings.webpubsub.client_access_url->reveal(),
            "ws://h:80/client/hubs/h?access_token=t");
  EXPECT_FALSE(settings.webpubsub.uses_embedded_hub());
}

TEST(Load, Hub) {
  const support::TempFolder folder;
  folder.write("key", "0123456789abcdef0123456789abcdef\r\n");
  folder.write("pem", "x");
  const auto settings = settings_of_file(
      folder.write("gateway.yaml",
                   "hub:\n  listen: \"[2001:db8::1]:443\"\n  access_key_file: key\n"
                   "  tls: {certificate_file: pem, key_file: pem}\n"));
  EXPECT_EQ(settings.hub.address, "2001:db8::1");
  EXPECT_EQ(settings.hub.port, 443);
  ASSERT_EQ(settings.hub.access_keys.size(), 1U);
  EXPECT_EQ(settings.hub.access_keys[0].reveal(), "0123456789abcdef0123456789abcdef");
  EXPECT_TRUE(settings.hub.tls.enabled());
}

TEST(Load, Rules) {
  const auto settings = settings_of(
      "rules:\n"
      "  - name: a\n"
      "    topic: t/{site}/{rest...}\n"
      "    group: g-{site}\n"
      "    qos: 2\n"
      "    payload: binary\n"
      "    format: payloads\n"
      "    batch: {max_samples: 7, max_bytes: 1kB, max_delay: 1s}\n"
      "    send: acknowledged\n"
      "    no_echo: false\n"
      "  - {name: b, topic: t, group: g}\n");
  ASSERT_EQ(settings.rules.size(), 2U);
  const auto& rule = settings.rules[0];
  EXPECT_EQ(rule.name, "a");
  EXPECT_EQ(rule.topics.patterns()[0].text(), "t/{site}/{rest...}");
  EXPECT_EQ(rule.group.text(), "g-{site}");
  EXPECT_EQ(rule.qos, 2);
  EXPECT_EQ(rule.payload, PayloadType::Binary);
  EXPECT_EQ(rule.format, Format::Payloads);
  EXPECT_EQ(rule.batch.max_samples, 7U);
  EXPECT_EQ(rule.batch.max_bytes, 1000U);
  EXPECT_EQ(rule.batch.max_delay, milliseconds(1000));
  EXPECT_EQ(rule.send, SendMode::Acknowledged);
  EXPECT_FALSE(rule.no_echo);
  const auto& plain = settings.rules[1];
  EXPECT_EQ(plain.qos, 1);
  EXPECT_EQ(plain.payload, PayloadType::Json);
  EXPECT_EQ(plain.format, Format::Samples);
  EXPECT_EQ(plain.batch.max_samples, BatchOptions{}.max_samples);
  EXPECT_EQ(plain.send, SendMode::FireAndForget);
  EXPECT_TRUE(plain.no_echo);
}

TEST(Load, Commands) {
  const auto settings = settings_of(
      "commands:\n"
      "  - name: a\n"
      "    from: group:operators\n"
      "    when:\n"
      "      /text: command\n"
      "      /quoted: \"5\"\n"
      "      /number: 5\n"
      "      /flag: true\n"
      "      /word: yes\n"
      "      /octal: 010\n"
      "      /there: \"*\"\n"
      "      /some: {one_of: [a, 1.50, null, \"*\", \"null\", 'say \"x\"']}\n"
      "    topic: d/{/device}\n"
      "    payload: /args\n"
      "    qos: 0\n"
      "    retain: true\n"
      "    allow: [d/+, e/#]\n"
      "  - {name: b, topic: t, from: server}\n");
  ASSERT_EQ(settings.commands.size(), 2U);
  const auto& command = settings.commands[0];
  EXPECT_EQ(command.from_group, "operators");
  const std::vector<std::pair<std::string, Lines>> expected{
      {"/text", {"\"command\""}},
      {"/quoted", {"\"5\""}},
      {"/number", {"5"}},
      {"/flag", {"true"}},
      {"/word", {"\"yes\""}},
      {"/octal", {"\"010\""}},
      {"/there", {}},
      {"/some", {"\"a\"", "1.50", "null", "\"*\"", "\"null\"", R"("say \"x\"")"}}};
  ASSERT_EQ(command.when.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(command.when[i].pointer, expected[i].first);
    EXPECT_EQ(command.when[i].one_of, expected[i].second) << expected[i].first;
  }
  EXPECT_EQ(command.topic.text(), "d/{/device}");
  EXPECT_EQ(command.payload, "/args");
  EXPECT_EQ(command.qos, 0);
  EXPECT_TRUE(command.retain);
  ASSERT_EQ(command.allow.size(), 2U);
  EXPECT_EQ(command.allow[1].text(), "e/#");
  EXPECT_FALSE(settings.commands[1].from_group);
  EXPECT_EQ(settings.commands[1].qos, 1);
}

TEST(Load, TheRest) {
  const auto settings = settings_of(
      "presence: {group: \"\", interval: 1500ms}\n"
      "memory: {max_size: 1MiB}\n"
      "status: {listen: \"[::1]:0\"}\n"
      "log: {level: debug, format: json}\n");
  EXPECT_EQ(settings.presence.group, "");
  EXPECT_EQ(settings.presence.interval, milliseconds(1500));
  EXPECT_EQ(settings.uplink.max_bytes, 1024U * 1024U);
  EXPECT_EQ(settings.status.address, "::1");
  EXPECT_EQ(settings.status.port, 0);
  EXPECT_EQ(settings.log.level, webpubsub::LogLevel::Debug);
  EXPECT_EQ(settings.log.format, LogFormat::Json);
}

TEST(Load, WhatIsKeptOnDisk) {
  const auto settings = settings_of(
      "store: {directory: /srv/queue, max_size: 2MiB, sync: always}\n"
      "rules:\n"
      "  - {name: a, topic: t, group: g, store: disk,\n"
      "     offline: {max: 1000, max_bytes: 1MiB, max_age: 1h, overflow: drop_newest},\n"
      "     replay: {order: in_order, rate: 50/s}}\n"
      "  - {name: b, topic: u, group: g}\n"
      "  - {name: c, topic: v, group: g, store: disk, send: stream}\n"
      "  - {name: d, topic: w, group: g, store: disk, offline: {overflow: block}}\n");
  EXPECT_EQ(settings.store.directory, "/srv/queue");
  EXPECT_EQ(settings.store.max_size, 2U * 1024U * 1024U);
  EXPECT_EQ(settings.store.sync, milliseconds(0));
  const auto& rule = settings.rules[0];
  EXPECT_EQ(rule.store, StoreMode::Disk);
  EXPECT_EQ(rule.send, SendMode::Acknowledged);
  EXPECT_EQ(rule.offline, (OfflineOptions{.max_messages = 1000,
                                          .max_bytes = 1024 * 1024,
                                          .max_age = std::chrono::hours(1),
                                          .overflow = OfflineOptions::Overflow::DropNewest}));
  EXPECT_EQ(rule.replay, (ReplayOptions{.live_first = false, .rate = 50}));
  EXPECT_EQ(settings.rules[1].store, StoreMode::Memory);
  EXPECT_EQ(settings.rules[1].send, SendMode::FireAndForget);
  EXPECT_EQ(settings.rules[2].send, SendMode::Stream);
  EXPECT_FALSE(is_blocking(settings.rules[2]));
  EXPECT_TRUE(is_blocking(settings.rules[3]));
}

TEST(Load, WhatIsKeptInMemory) {
  const auto settings = settings_of(
      "rules:\n"
      "  - {name: a, topic: \"t/{device}\", group: g,\n"
      "     offline: {keep: latest, per: device, max: 10000, max_age: 10m, overflow: latest}}\n"
      "  - {name: b, topic: u, group: g, offline: {max: 5}}\n"
      "  - {name: c, topic: v, group: g}\n");
  EXPECT_EQ(settings.rules[0].offline,
            (OfflineOptions{.keep = OfflineOptions::Keep::Latest,
                            .per = "device",
                            .max_messages = 10'000,
                            .max_age = std::chrono::minutes(10),
                            .overflow = OfflineOptions::Overflow::Latest}));
  EXPECT_EQ(settings.rules[1].offline,
            (OfflineOptions{.keep = OfflineOptions::Keep::OldestFirst, .max_messages = 5}));
  EXPECT_EQ(settings.rules[2].offline, OfflineOptions{});
}

TEST(Load, TheStatusEndpointCanBeOff) {
  for (const auto* const value : {"off", "\"\"", "\"off\""}) {
    EXPECT_EQ(settings_of("status: {listen: " + std::string(value) + "}").status.address, "");
  }
}

TEST(Load, VariablesStandForAnyValue) {
  const auto environment = test_environment(
      {{"HOST", "broker.example"}, {"QOS", "2"}, {"FLAG", "false"}, {"SITE", "berlin"}});
  const auto settings = settings_of(
      "mqtt: {broker: \"mqtt://${HOST}:${PORT:-1884}\"}\n"
      "rules:\n"
      "  - name: ${SITE}-climate\n"
      "    topic: ${SITE}/{device}\n"
      "    group: \"$${{-${SITE}\"\n"
      "    qos: ${QOS}\n"
      "    no_echo: ${FLAG}\n",
      environment);
  EXPECT_EQ(settings.mqtt.broker, "mqtt://broker.example:1884");
  ASSERT_EQ(settings.rules.size(), 1U);
  EXPECT_EQ(settings.rules[0].name, "berlin-climate");
  EXPECT_EQ(settings.rules[0].topics.patterns()[0].text(), "berlin/{device}");
  EXPECT_EQ(settings.rules[0].group.text(), "${{-berlin");  // "{{" is the template's own escape
  EXPECT_EQ(settings.rules[0].qos, 2);
  EXPECT_FALSE(settings.rules[0].no_echo);
}

TEST(Load, SecretFilesLoseTheirLineEndOnly) {
  const support::TempFolder folder;
  for (const auto& [content, secret] : {std::pair{"s3cret\n", "s3cret"},
                                        {"s3cret\r\n", "s3cret"},
                                        {"s3cret", "s3cret"},
                                        {" s3 cret ", " s3 cret "},
                                        {"${HOME}", "${HOME}"}}) {
    folder.write("secret", content);
    const auto settings = settings_of_file(
        folder.write("gateway.yaml", "mqtt: {password_file: secret, username: u}\n"));
    EXPECT_EQ(settings.mqtt.password.reveal(), secret);
    EXPECT_EQ(settings.secret_files.mqtt_password, (folder.path() / "secret").string());
  }
}

TEST(Load, PathsMayComeFromTheEnvironment) {
  const support::TempFolder folder;
  const support::TempFolder credentials;
  credentials.write("cs", "Endpoint=https://a.example;AccessKey=k\n");
  const auto settings = settings_of_file(
      folder.write("gateway.yaml",
                   "webpubsub: {connection_string_file: \"${CREDENTIALS_DIRECTORY}/cs\"}\n"),
      test_environment({{"CREDENTIALS_DIRECTORY", credentials.path().string()}}));
  ASSERT_TRUE(settings.webpubsub.connection_string);
  EXPECT_EQ(settings.webpubsub.connection_string->access_key.reveal(), "k");
}

TEST(Load, AdditionsAreReadInTheOrderOfTheirNames) {
  const support::TempFolder folder;
  folder.write("conf.d/20.yaml", "rules:\n  - {name: c, topic: t, group: g}\n");
  folder.write("conf.d/10.yaml",
               "rules:\n  - {name: b, topic: t, group: g}\ncommands:\n  - {name: x, topic: t}\n");
  folder.write("conf.d/30.yaml.disabled", "nonsense: [");
  folder.write("conf.d/.40.yaml", "nonsense: [");
  folder.write("conf.d/README", "nonsense: [");
  folder.write("conf.d/50.yaml", "");
  const auto settings =
      settings_of_file(folder.write("gateway.yaml", "rules:\n  - {name: a, topic: t, group: g}\n"));
  std::string order;
  for (const auto& rule : settings.rules) order += rule.name;
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(settings.commands.size(), 1U);
}

TEST(Problem, IsWrittenAsCompilersDo) {
  EXPECT_EQ((Problem{"a.yaml", 3, 7, "wrong"}.text()), "a.yaml:3:7: wrong");
  EXPECT_EQ((Problem{"a.yaml", 0, 0, "wrong"}.text()), "a.yaml: wrong");
}

}  // namespace
}  // namespace gateway::config
