// What is wrong with files that a configuration names or that stand beside it.

#include <sys/stat.h>

#include "config/files.h"
#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

class FileProblems : public testing::Test {
 protected:
  /// The problems of a main file with this text.
  Lines problems(std::string_view text) const {
    return problems_of_file(folder_.write("gateway.yaml", text));
  }

  support::TempFolder folder_{};
};

TEST_F(FileProblems, MainFileIsNotThere) {
  EXPECT_EQ(problems_of_file(folder_.path() / "gateway.yaml"),
            Lines{"gateway.yaml: cannot be read: No such file or directory"});
}

TEST_F(FileProblems, MainFileIsAFolder) {
  EXPECT_EQ(problems_of_file(folder_.path() / "."),
            Lines{"." + std::string(": cannot be read: Not a regular file")});
}

TEST_F(FileProblems, MainFileIsTooLarge) {
  EXPECT_EQ(problems(std::string(2'000'000, '#')),
            Lines{"gateway.yaml: larger than 1MiB; split it into conf.d"});
}

TEST_F(FileProblems, SecretFileIsNotThere) {
  EXPECT_EQ(problems("mqtt:\n  password_file: secret\n"),
            Lines{"gateway.yaml:2:18: mqtt.password_file: \"secret\" cannot be read: No such file "
                  "or directory"});
}

TEST_F(FileProblems, SecretFileIsAPipeThatNobodyWritesTo) {
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(problems("mqtt:\n  password_file: pipe\n"),
            Lines{"gateway.yaml:2:18: mqtt.password_file: \"pipe\" cannot be read: Not a regular "
                  "file"});
}

TEST_F(FileProblems, SecretFileIsEmpty) {
  folder_.write("secret", "\n");
  EXPECT_EQ(problems("mqtt:\n  password_file: secret\n"),
            Lines{"gateway.yaml:2:18: mqtt.password_file: a file with a secret on its only line "
                  "expected; \"secret\": it is empty"});
}

TEST_F(FileProblems, SecretFileHasTwoLines) {
  folder_.write("secret", "one\ntwo\n");
  EXPECT_EQ(problems("mqtt:\n  password_file: secret\n"),
            Lines{"gateway.yaml:2:18: mqtt.password_file: a file with a secret on its only line "
                  "expected; \"secret\": it holds more than one line"});
}

TEST_F(FileProblems, SecretFileIsTooLarge) {
  folder_.write("secret", std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(problems("mqtt:\n  password_file: secret\n"),
            Lines{"gateway.yaml:2:18: mqtt.password_file: a file of at most 64KiB expected; "
                  "\"secret\" is larger"});
}

TEST_F(FileProblems, SecretIsGivenTwice) {
  folder_.write("secret", "x");
  EXPECT_EQ(problems("mqtt:\n  password_file: secret\n  password: y\n"
                     "webpubsub:\n"
                     "  connection_string_file: secret\n  connection_string: y\n"
                     "  client_access_url: y\n  client_access_url_file: secret\n"),
            (Lines{"gateway.yaml:2:18: mqtt.password_file: password is given too; keep one of them",
                   "gateway.yaml:5:27: webpubsub.connection_string_file: connection_string is "
                   "given too; keep one of them",
                   "gateway.yaml:8:27: webpubsub.client_access_url_file: client_access_url is "
                   "given too; keep one of them"}));
}

TEST_F(FileProblems, TlsFilesAreNotThere) {
  EXPECT_EQ(problems("mqtt:\n  broker: mqtts://h\n"
                     "  tls: {ca_file: ca.pem, certificate_file: a.pem, key_file: a.key}\n"
                     "webpubsub:\n  tls: {ca_file: ca.pem}\n"),
            (Lines{"gateway.yaml:3:18: mqtt.tls.ca_file: \"ca.pem\" cannot be read: No such file "
                   "or directory",
                   "gateway.yaml:3:44: mqtt.tls.certificate_file: \"a.pem\" cannot be read: No "
                   "such file or directory",
                   "gateway.yaml:3:61: mqtt.tls.key_file: \"a.key\" cannot be read: No such file "
                   "or directory",
                   "gateway.yaml:5:18: webpubsub.tls.ca_file: \"ca.pem\" cannot be read: No such "
                   "file or directory"}));
}

TEST_F(FileProblems, CertificatesAndKeysComeInPairs) {
  folder_.write("a.pem", "x");
  EXPECT_EQ(problems("mqtt:\n  broker: mqtts://h\n  tls: {certificate_file: a.pem}\n"
                     "hub:\n  tls: {key_file: a.pem}\n"),
            (Lines{"gateway.yaml:3:27: mqtt.tls.certificate_file: key_file is required with it",
                   "gateway.yaml:5:19: hub.tls.key_file: certificate_file is required with it"}));
}

TEST_F(FileProblems, TlsNeedsATlsBroker) {
  folder_.write("ca.pem", "x");
  EXPECT_EQ(problems("mqtt:\n  broker: mqtt://h\n  tls: {ca_file: ca.pem}\n"),
            Lines{"gateway.yaml:3:8: mqtt.tls: mqtt.broker must start with mqtts:// for TLS"});
}

TEST_F(FileProblems, HubKeysAreLongAndNotWellKnown) {
  folder_.write("short", "0123456789");
  EXPECT_EQ(problems("hub:\n  access_key_file: short\n"),
            Lines{"gateway.yaml:2:20: hub.access_key_file: a key of at least 32 characters "
                  "expected; make one with: openssl rand -base64 32"});
  folder_.write("local", webpubsub::kLocalAccessKey);
  folder_.write("a.pem", "x");
  EXPECT_EQ(problems("hub:\n  listen: 192.0.2.1:80\n  access_key_file: local\n"
                     "  tls: {certificate_file: a.pem, key_file: a.pem}\n"),
            Lines{"gateway.yaml:3:20: hub.access_key_file: this is the well-known local key, good "
                  "on loopback only; make one with: openssl rand -base64 32"});
}

TEST_F(FileProblems, AdditionsHoldRulesAndCommandsOnly) {
  folder_.write(
      "conf.d/10-site.yaml",
      "mqtt: {version: 5}\nstore: {}\nrules:\n  - {name: a, topic: t, group: g, qos: 9}\n");
  EXPECT_EQ(problems("log: {level: loud}\n"),
            (Lines{"gateway.yaml:1:14: log.level: error, warning, notice, info or debug expected; "
                   "got \"loud\"",
                   "conf.d/10-site.yaml:1:1: mqtt: only rules and commands may stand in conf.d; "
                   "move it to gateway.yaml",
                   "conf.d/10-site.yaml:2:1: store: only rules and commands may stand in conf.d; "
                   "move it to gateway.yaml",
                   "conf.d/10-site.yaml:4:40: rules[0].qos: a whole number from 0 to 2 expected; "
                   "got \"9\""}));
}

TEST_F(FileProblems, NamesAreUniqueOverAllFiles) {
  folder_.write("conf.d/a.yaml", "rules:\n  - {name: x, topic: t, group: g}\n");
  folder_.write("conf.d/b.yaml",
                "rules:\n  - {name: y, topic: t, group: g}\n"
                "  - {name: x, topic: t, group: g}\n");
  EXPECT_EQ(problems("rules:\n  - {name: y, topic: t, group: g}\n"),
            (Lines{"conf.d/b.yaml:2:12: rules[0].name: \"y\" is taken by the one at "
                   "gateway.yaml:2; each needs a name of its own",
                   "conf.d/b.yaml:3:12: rules[1].name: \"x\" is taken by the one at "
                   "conf.d/a.yaml:2; each needs a name of its own"}));
}

TEST_F(FileProblems, AdditionsCanBeBrokenOrUnreadable) {
  folder_.write("conf.d/a.yaml", "rules: [\n");
  std::filesystem::create_directory(folder_.path() / "conf.d/b.yaml");
  folder_.write("conf.d/c.yaml", "- x\n");
  EXPECT_EQ(problems(""),
            (Lines{"conf.d/a.yaml:2:1: this '[' is not closed as it should be; text that starts "
                   "with '[' needs quotes",
                   "conf.d/b.yaml: cannot be read: Not a regular file",
                   "conf.d/c.yaml:1:1: keys at the top level expected, such as \"mqtt:\" or "
                   "\"rules:\""}));
}

TEST_F(FileProblems, ConfDIsAFile) {
  folder_.write("conf.d", "");
  EXPECT_EQ(problems(""), Lines{"conf.d: cannot be read: Not a directory"});
}

}  // namespace
}  // namespace gateway::config
