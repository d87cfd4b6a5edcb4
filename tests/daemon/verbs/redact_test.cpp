#include "daemon/control/redact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using webpubsub::Secret;

struct RedactCase {
  const char* name;
  const char* text;
  const char* hidden;
};

class RedactTest : public testing::TestWithParam<RedactCase> {};

TEST_P(RedactTest, HidesTheSecretAndKeepsTheRest) {
  EXPECT_EQ(hide_secrets(GetParam().text), GetParam().hidden);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RedactTest,
    testing::Values(
        RedactCase{"ConnectionString", "x Endpoint=https://a.b;AccessKey=S3cr+t/=;Version=1.0; y",
                   "x Endpoint=https://a.b;AccessKey=***;Version=1.0; y"},
        RedactCase{"AnyCase", "ACCESSKEY=abc", "ACCESSKEY=***"},
        RedactCase{"AccessUrl", "\"wss://a/client?access_token=abc.def&x=1\"",
                   "\"wss://a/client?access_token=***&x=1\""},
        RedactCase{"EscapedUrl", "u=access_token%3Dabc", "u=access_token%3D***"},
        RedactCase{"Bearer", "Sent Bearer abc.def, then", "Sent Bearer ***, then"},
        RedactCase{"Header", "Authorization: Basic dXNlcjpwYXNz\nnext", "Authorization: ***\nnext"},
        RedactCase{"YamlPlain", "  password: two words # and all\n  user: me",
                   "  password: ***\n  user: me"},
        RedactCase{"YamlFlow", "{username: me, password: abc}", "{username: me, password: ***}"},
        RedactCase{"YamlQuoted", "password: \"a\\\"b, c\"\n", "password: ***\n"},
        RedactCase{"SingleQuoted", "client_secret: 'a b'\n", "client_secret: ***\n"},
        RedactCase{"Json", R"({"password":"a,b","n":1})", R"({"password":***,"n":1})"},
        RedactCase{"Assignment", "MQTT_PASSWORD=abc\n", "MQTT_PASSWORD=***\n"},
        RedactCase{"FilesStay", "password_file: /etc/gateway/password\n",
                   "password_file: /etc/gateway/password\n"},
        RedactCase{"WordsStay", "the password was refused", "the password was refused"},
        RedactCase{"NothingToHide", "password:", "password:"},
        RedactCase{"UrlPassword", "proxy http://me:a@b:c@host:8080/x",
                   "proxy http://me:***@host:8080/x"},
        RedactCase{"UrlPortStays", "mqtt://host:1883/", "mqtt://host:1883/"},
        RedactCase{"Token", "saw eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl here", "saw *** here"},
        RedactCase{"PrivateKey",
                   "-----BEGIN EC PRIVATE KEY-----\nMHc\nCAQ\n-----END EC PRIVATE KEY-----\n",
                   "-----BEGIN EC PRIVATE KEY-----***-----END EC PRIVATE KEY-----\n"},
        RedactCase{"PrivateKeyCutOff", "-----BEGIN PRIVATE KEY-----\nMHc\n",
                   "-----BEGIN PRIVATE KEY-----***"},
        RedactCase{"CertificateStays", "-----BEGIN CERTIFICATE-----\nMHc\n",
                   "-----BEGIN CERTIFICATE-----\nMHc\n"},
        RedactCase{"Empty", "", ""}),
    [](const auto& one) { return one.param.name; });

TEST(KnownSecrets, AreAllThatTheSettingsHold) {
  Settings settings;
  settings.mqtt.password = Secret("mqtt-pass");
  settings.webpubsub.connection_string =
      webpubsub::ConnectionString{.endpoint = "https://a.b", .access_key = Secret("service-key")};
  settings.webpubsub.client_access_url = Secret("wss://a/client?access_token=token-of-url");
  settings.webpubsub.proxy = "http://me:proxy-pass@host:1";
  settings.hub.access_keys = {Secret("hub-key-1"), Secret("hub-key-2")};
  const std::string text =
      hide_values("mqtt-pass service-key token-of-url proxy-pass hub-key-1 xhub-key-2x kept",
                  known_secrets(settings));
  EXPECT_EQ(text, "*** *** *** *** *** x***x kept");
}

TEST(KnownSecrets, LongerOnesAreHiddenFirst) {
  Settings settings;
  settings.mqtt.password = Secret("abc");
  settings.hub.access_keys = {Secret("abcdef")};
  EXPECT_EQ(hide_values("abcdef abc", known_secrets(settings)), "*** ***");
}

TEST(ShownPayload, IsShortAndPrintableAndHidesWhatIsSecret) {
  EXPECT_EQ(shown_payload(R"({"t":21.5})", {}), R"({"t":21.5})");
  EXPECT_EQ(shown_payload("a\nb\x1b[2J\x01", {}), R"(a\nb\x1b[2J\x01)");
  EXPECT_EQ(shown_payload(R"({"password":"planted","t":1})", {}), R"({"password":***,"t":1})");
  EXPECT_EQ(shown_payload(std::string(500, 'x'), {}), std::string(120, 'x'));
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\u20ac";
  EXPECT_EQ(shown_payload(wide, {}).size(), 360U);
}

// A secret that is cut in two is no longer known as one.
TEST(ShownPayload, HidesASecretThatBeginsWhereItEnds) {
  const std::string secret(90, 'S');
  std::vector<Secret> secrets;
  secrets.emplace_back(secret);
  for (const std::size_t at : {0U, 60U, 100U, 118U}) {
    const auto shown = shown_payload(std::string(at, 'x') + secret + "yz", secrets);
    EXPECT_EQ(shown.find('S'), std::string::npos) << shown;
  }
  const auto token = "eyJ" + std::string(700, 'a') + '.' + std::string(700, 'b') + ".c rest";
  EXPECT_EQ(shown_payload("x " + token, {}), "x *** rest");
}

// To look through it for each of its beginnings would take as long as it is, squared.
TEST(ShownPayload, HidesWhatIsTooLongToBeLookedThroughForATokensEnd) {
  std::string text;
  while (text.size() < 1024 * 1024) text += "eyJ";
  EXPECT_EQ(shown_payload("x " + text + " rest", {}), "x *** rest");
  EXPECT_EQ(shown_payload("x " + text, {}), "x ***");
  EXPECT_EQ(shown_payload("eyJ" + std::string(1'000, 'a'), {}), "eyJ" + std::string(117, 'a'));
}

}  // namespace
}  // namespace gateway
