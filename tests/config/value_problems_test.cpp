// What is wrong with the values of sections.

#include "tests/config/problem_case.h"

namespace gateway::config {
namespace {

class ValueProblems : public testing::TestWithParam<ProblemCase> {};

TEST_P(ValueProblems, AreToldWithTheirPlace) {
  EXPECT_EQ(problems_of(GetParam().yaml, test_environment({{"EMPTY", ""}, {"PORT", "x"}})),
            GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    Mqtt, ValueProblems,
    testing::Values(
        ProblemCase{"BrokerScheme",
                    "mqtt:\n  broker: tcp://h:1883\n",
                    {"gateway.yaml:2:11: mqtt.broker: a broker address starts with mqtt:// or "
                     "mqtts://; got \"tcp://h:1883\"; did you mean \"mqtt://h:1883\"?"}},
        ProblemCase{"BrokerTlsScheme",
                    "mqtt:\n  broker: ssl://h\n",
                    {"gateway.yaml:2:11: mqtt.broker: a broker address starts with mqtt:// or "
                     "mqtts://; got \"ssl://h\"; did you mean \"mqtts://h\"?"}},
        ProblemCase{"BrokerWithoutScheme",
                    "mqtt:\n  broker: localhost:1883\n",
                    {"gateway.yaml:2:11: mqtt.broker: a broker address starts with mqtt:// or "
                     "mqtts://; got \"localhost:1883\"; did you mean "
                     "\"mqtt://localhost:1883\"?"}},
        ProblemCase{"BrokerPort",
                    "mqtt:\n  broker: mqtt://h:99999\n",
                    {"gateway.yaml:2:11: mqtt.broker: a port is a number from 1 to 65535; got "
                     "\"mqtt://h:99999\""}},
        ProblemCase{"ClientIdTooLong",
                    "mqtt:\n  client_id: " + std::string(257, 'x') + "\n",
                    {"gateway.yaml:2:14: mqtt.client_id: at most 256 bytes expected; got 257"}},
        ProblemCase{"Version",
                    "mqtt:\n  version: 3.1\n",
                    {"gateway.yaml:2:12: mqtt.version: 5 or 3.1.1 expected; got \"3.1\"; did you "
                     "mean \"3.1.1\"?"}},
        ProblemCase{"PasswordAlone",
                    "mqtt:\n  version: 3.1.1\n  password: x\n",
                    {"gateway.yaml:3:13: mqtt.password: username is required with it in MQTT "
                     "3.1.1"}},
        ProblemCase{"KeepAliveWithoutUnit",
                    "mqtt:\n  keep_alive: 30\n",
                    {"gateway.yaml:2:15: mqtt.keep_alive: a duration such as 50ms, 10s or 1h "
                     "expected; got \"30\"; did you mean \"30s\"?"}},
        ProblemCase{"KeepAliveTooShort",
                    "mqtt:\n  keep_alive: 0\n",
                    {"gateway.yaml:2:15: mqtt.keep_alive: a duration from 5s to 18h expected; got "
                     "\"0\""}},
        ProblemCase{"KeepAliveFraction",
                    "mqtt:\n  keep_alive: 5500ms\n",
                    {"gateway.yaml:2:15: mqtt.keep_alive: a duration of whole seconds expected; "
                     "got \"5500ms\""}},
        ProblemCase{"SessionExpiry",
                    "mqtt:\n  session_expiry: 366d\n",
                    {"gateway.yaml:2:19: mqtt.session_expiry: a duration from 0 to 365d expected; "
                     "got \"366d\""}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    WebPubSub, ValueProblems,
    testing::Values(
        ProblemCase{"HubName",
                    "webpubsub:\n  hub: 1st\n",
                    {"gateway.yaml:2:8: webpubsub.hub: a hub name (a letter, then up to 127 "
                     "letters, digits, '_' and some punctuation) expected; got \"1st\""}},
        ProblemCase{"UserId",
                    "webpubsub:\n  user_id: " + std::string(300, 'u') + "\n",
                    {"gateway.yaml:2:12: webpubsub.user_id: at most 256 bytes expected; got 300"}},
        ProblemCase{"WebPubSubKeepAliveTooShort",
                    "webpubsub:\n  keep_alive: 500ms\n",
                    {"gateway.yaml:2:15: webpubsub.keep_alive: a duration from 1s to 10m expected; "
                     "got \"500ms\""}},
        ProblemCase{"RolesWord",
                    "webpubsub:\n  roles: atuo\n",
                    {"gateway.yaml:2:10: webpubsub.roles: auto or a list of roles expected; got "
                     "\"atuo\"; did you mean \"auto\"?"}},
        ProblemCase{"Role",
                    "webpubsub:\n  roles: [webpubsub.sendToGrup.x, webpubsub.sendToGroup.a]\n",
                    {"gateway.yaml:2:11: webpubsub.roles[0]: webpubsub.joinLeaveGroup or "
                     "webpubsub.sendToGroup, alone or with .NAME, expected; got "
                     "\"webpubsub.sendToGrup.x\"; did you mean \"webpubsub.sendToGroup\"?"}},
        ProblemCase{"Subprotocol",
                    "webpubsub:\n  subprotocol: json.relible\n",
                    {"gateway.yaml:2:16: webpubsub.subprotocol: json, json.reliable, protobuf or "
                     "protobuf.reliable expected; got \"json.relible\"; did you mean "
                     "\"json.reliable\"?"}},
        ProblemCase{"Proxy",
                    "webpubsub:\n  proxy: proxy:3128\n",
                    {"gateway.yaml:2:10: webpubsub.proxy: http://HOST:PORT or "
                     "http://USER:PASSWORD@HOST:PORT expected; got \"proxy:3128\""}},
        ProblemCase{"PaceWithoutUnit",
                    "webpubsub:\n  pace: 400\n",
                    {"gateway.yaml:2:9: webpubsub.pace: a rate such as 20/s or 100/m expected; got "
                     "\"400\"; did you mean \"400/s\"?"}},
        ProblemCase{"PaceTooHigh",
                    "webpubsub:\n  pace: 20000/s\n",
                    {"gateway.yaml:2:9: webpubsub.pace: a rate from 1/s to 10000/s expected; got "
                     "\"20000/s\""}},
        ProblemCase{
            "ByteRateWithoutUnit",
            "webpubsub:\n  rate_limit: {bytes: 64KiB}\n",
            {"gateway.yaml:2:23: webpubsub.rate_limit.bytes: a rate such as 64KiB/s, or 0/s "
             "for none expected; got \"64KiB\""}},
        ProblemCase{"ByteRateTooLow",
                    "webpubsub:\n  rate_limit: {bytes: 100B/s}\n",
                    {"gateway.yaml:2:23: webpubsub.rate_limit.bytes: a rate from 1KiB/s to 1GiB/s, "
                     "or 0/s for none expected; got \"100B/s\""}},
        ProblemCase{"TwoSources",
                    "webpubsub:\n"
                    "  connection_string: Endpoint=https://a.example;AccessKey=k\n"
                    "  client_access_url: wss://a.example/client/hubs/h?access_token=t\n",
                    {"gateway.yaml:3:22: webpubsub.client_access_url: the connection string is "
                     "given too; keep one of them"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Listeners, ValueProblems,
    testing::Values(
        ProblemCase{"HubPortOnly",
                    "hub:\n  listen: 8080\n",
                    {"gateway.yaml:2:11: hub.listen: an address such as 127.0.0.1:8080 or "
                     "[::1]:8080 expected; got \"8080\""}},
        ProblemCase{"HubHostName",
                    "hub:\n  listen: localhost:8080\n",
                    {"gateway.yaml:2:11: hub.listen: an address such as 127.0.0.1:8080 or "
                     "[::1]:8080 expected; got \"localhost:8080\"; did you mean "
                     "\"127.0.0.1:8080\"?"}},
        ProblemCase{"HubOpenToAll",
                    "hub:\n  listen: 0.0.0.0:8080\n",
                    {"gateway.yaml:2:11: hub.listen: an address other than loopback needs hub.tls "
                     "and hub.access_key_file"}},
        ProblemCase{"HubOpenToAllInIpv6",
                    "hub:\n  listen: \"[::]:8080\"\n",
                    {"gateway.yaml:2:11: hub.listen: an address other than loopback needs hub.tls "
                     "and hub.access_key_file"}},
        ProblemCase{"Status",
                    "status:\n  listen: \"*:9464\"\n",
                    {"gateway.yaml:2:11: status.listen: an address such as 127.0.0.1:9464 or "
                     "[::1]:9464, or off, expected; got \"*:9464\""}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Others, ValueProblems,
    testing::Values(
        ProblemCase{"GatewayId",
                    "gateway:\n  id: edge 1\n",
                    {"gateway.yaml:2:7: gateway.id: 1 to 64 letters, digits, '-', '_' and '.' "
                     "expected; got \"edge 1\""}},
        ProblemCase{"PresenceGroup",
                    "presence:\n  group: \"a\\x01\"\n",
                    {"gateway.yaml:2:10: presence.group: one line of text without control "
                     "characters expected"}},
        ProblemCase{"PresenceGroupTooLong",
                    "presence:\n  group: " + std::string(1025, 'g') + "\n",
                    {"gateway.yaml:2:10: presence.group: a group of 1 to 1024 characters expected, "
                     "or \"\" for none"}},
        ProblemCase{"PresenceInterval",
                    "presence:\n  interval: 10ms\n",
                    {"gateway.yaml:2:13: presence.interval: a duration from 1s to 1h expected; got "
                     "\"10ms\""}},
        ProblemCase{"MemoryUnit",
                    "memory:\n  max_size: 64\n",
                    {"gateway.yaml:2:13: memory.max_size: a size such as 64KiB or 1MB expected; "
                     "got \"64\"; did you mean \"64B\"?"}},
        ProblemCase{"LogLevel",
                    "log:\n  level: warn\n",
                    {"gateway.yaml:2:10: log.level: error, warning, notice, info or debug "
                     "expected; got \"warn\"; did you mean \"warning\"?"}},
        ProblemCase{"LogFormat",
                    "log:\n  format: jurnal\n",
                    {"gateway.yaml:2:11: log.format: auto, journal, text or json expected; got "
                     "\"jurnal\"; did you mean \"journal\"?"}}),
    name_of);

TEST(MemoryProblems, NameTheLimitsOfTheMachine) {
  const auto most = sizeof(std::size_t) < 8 ? "1GiB" : "64GiB";
  EXPECT_EQ(problems_of("memory:\n  max_size: 1KiB\n"),
            Lines{std::string("gateway.yaml:2:13: memory.max_size: a size from 1MiB to ") + most +
                  " expected; got \"1KiB\""});
}

INSTANTIATE_TEST_SUITE_P(
    EnvironmentVariables, ValueProblems,
    testing::Values(
        ProblemCase{"NotSet",
                    "mqtt:\n  username: a ${NOBODY} b\n",
                    {"gateway.yaml:2:13: mqtt.username: the environment variable NOBODY is not "
                     "set; set it, or write ${NOBODY:-default}"}},
        ProblemCase{"NotClosed",
                    "mqtt:\n  username: ${NOBODY\n",
                    {"gateway.yaml:2:13: mqtt.username: \"${\" without its \"}\"; write \"$${\" "
                     "for a literal \"${\""}},
        ProblemCase{"NotAName",
                    "mqtt:\n  username: ${1st}\n",
                    {"gateway.yaml:2:13: mqtt.username: \"${\" without the name of an environment "
                     "variable; write \"$${\" for a literal \"${\""}},
        ProblemCase{"ValueIsWrong",
                    "mqtt:\n  broker: mqtt://h:${PORT}\n",
                    {"gateway.yaml:2:11: mqtt.broker: a port is a number from 1 to 65535; got "
                     "\"mqtt://h:x\""}},
        ProblemCase{"ValueIsEmpty",
                    "mqtt:\n  keep_alive: ${EMPTY}\n",
                    {"gateway.yaml:2:15: mqtt.keep_alive: a duration such as 50ms, 10s or 1h "
                     "expected; got \"\""}}),
    name_of);

}  // namespace
}  // namespace gateway::config
