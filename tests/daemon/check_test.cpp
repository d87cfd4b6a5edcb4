#include "daemon/verbs/check.h"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/build_info.h"
#include "daemon/verbs/version.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

class CheckTest : public testing::Test {
 protected:
  int check_text(const std::string& text) {
    std::ofstream(file_) << text;
    return check(file_, environment_, out_, err_);
  }

  support::TempFolder folder_;
  std::string file_ = folder_.file("gateway.yaml");
  config::Environment environment_{.variable = [](const std::string&) { return std::nullopt; },
                                   .host_name = "edge-07"};
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CheckTest, PrintsWhatIsInEffect) {
  EXPECT_EQ(check_text("rules: [{name: climate, topic: 'sensors/{site}', group: 'site-{site}'}]\n"),
            0);
  EXPECT_THAT(out_.str(), HasSubstr("edge-07"));
  EXPECT_THAT(out_.str(), HasSubstr("sensors/{site}"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CheckTest, WarnsOfASecretThatEverybodyCanRead) {
  const auto password = folder_.write("password", "planted");
  ASSERT_EQ(chmod(password.c_str(), 0640), 0);
  const std::string text = "mqtt: {username: u, password_file: password}\n";
  EXPECT_EQ(check_text(text), 0);
  EXPECT_EQ(err_.str(), "");
  ASSERT_EQ(chmod(password.c_str(), 0644), 0);
  EXPECT_EQ(check_text(text), 0);
  EXPECT_EQ(err_.str(),
            "warning: " + password + ": every user of this machine can read this secret\n");
}

TEST_F(CheckTest, WarnsOfASecretInAConfigurationThatEverybodyCanRead) {
  const auto warnings = [&](const std::string& text) {
    err_.str("");
    EXPECT_EQ(check_text(text), 0);
    return err_.str();
  };
  const std::string warning =
      "warning: " + file_ + ": every user of this machine can read this secret\n";
  EXPECT_EQ(warnings("mqtt: {username: u, password: planted}\n"), warning);
  EXPECT_EQ(warnings("webpubsub: {client_access_url: 'wss://h/client/hubs/h?access_token=t'}\n"),
            warning);
  EXPECT_EQ(warnings("mqtt: {keep_alive: 30s}\n"), "");
  environment_.variable = [](const std::string&) { return "planted"; };
  EXPECT_EQ(warnings("mqtt: {username: u, password: '${PASSWORD}'}\n"), "");
  ASSERT_EQ(chmod(file_.c_str(), 0600), 0);
  EXPECT_EQ(warnings("mqtt: {username: u, password: planted}\n"), "");
}

TEST_F(CheckTest, WarnsOfAKeyBesideItsCertificate) {
  support::TestAuthority authority;
  const auto pair = authority.issue("DNS:one");
  std::stringstream both;
  both << std::ifstream(pair.certificate_file).rdbuf() << std::ifstream(pair.key_file).rdbuf();
  const auto file = folder_.write("both.pem", both.str());
  for (const std::string place :
       {"negotiate: {url: 'https://a.example/',",
        "entra: {endpoint: 'https://a.example', tenant_id: t, client_id: c,"}) {
    err_.str("");
    EXPECT_EQ(
        check_text("webpubsub: {" + place + " certificate_file: both.pem, key_file: both.pem}}\n"),
        0);
    EXPECT_EQ(err_.str(),
              "warning: " + file + ": every user of this machine can read this secret\n");
  }
}

TEST_F(CheckTest, LooksIntoCertificatesAndKeys) {
  const auto file = folder_.write("a.pem", "no certificate");
  EXPECT_EQ(check_text("mqtt: {broker: mqtts://h, tls: {ca_file: a.pem}}\n"), 78);
  EXPECT_THAT(err_.str(), HasSubstr(file + ": holds no certificate to trust"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CheckTest, NeverPrintsASecret) {
  EXPECT_EQ(check_text("webpubsub: {connection_string: "
                       "'Endpoint=https://x.webpubsub.azure.com;AccessKey=plantedplanted;"
                       "Version=1.0;'}\nmqtt: {username: u, password: plantedtoo}\n"),
            0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("planted")));
}

TEST_F(CheckTest, PrintsEveryProblemWithItsPlace) {
  EXPECT_EQ(check_text("mqtt:\n  brokr: mqtt://localhost\nlog:\n  level: loud\n"), 78);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr(file_ + ":2:3: "));
  EXPECT_THAT(err_.str(), HasSubstr(file_ + ":4:10: "));
  EXPECT_THAT(err_.str(), testing::EndsWith("2 problems in the configuration\n"));
}

TEST_F(CheckTest, SaysWhenThereIsNoFile) {
  EXPECT_EQ(check(folder_.file("nothing.yaml"), environment_, out_, err_), 66);
  EXPECT_THAT(err_.str(), HasSubstr("nothing.yaml"));
  EXPECT_THAT(err_.str(), testing::EndsWith("1 problem in the configuration\n"));
}

TEST(Version, NamesTheProgramAndItsBuild) {
  std::ostringstream text;
  EXPECT_EQ(version("webpubsub-gateway", false, text), 0);
  EXPECT_THAT(text.str(),
              testing::StartsWith("webpubsub-gateway " + std::string(build_info().version) + " ("));
  std::ostringstream json;
  EXPECT_EQ(version("webpubsub-gateway", true, json), 0);
  EXPECT_THAT(json.str(), testing::StartsWith(R"({"program":"webpubsub-gateway","version":")" +
                                              std::string(build_info().version) + "\","));
}

}  // namespace
}  // namespace gateway
