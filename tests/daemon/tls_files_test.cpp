#include "daemon/tls_files.h"

#include <gmock/gmock.h>

#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems(const Settings& settings) {
  std::vector<std::string> texts;
  for (const auto& problem : check_tls_files(settings)) texts.push_back(problem.text());
  return texts;
}

class TlsFiles : public testing::Test {
 protected:
  support::TestAuthority authority_{};
  support::TestAuthority::Pair pair_ = authority_.issue("DNS:localhost");
  support::TempFolder folder_{};
};

TEST_F(TlsFiles, GoodOnesAndNoneAreFine) {
  Settings settings;
  EXPECT_THAT(problems(settings), IsEmpty());
  settings.mqtt.tls = {authority_.ca_file(), pair_.certificate_file, pair_.key_file};
  settings.webpubsub.tls.ca_file = authority_.ca_file();
  settings.hub.tls = {pair_.certificate_file, pair_.key_file};
  EXPECT_THAT(problems(settings), IsEmpty());
}

TEST_F(TlsFiles, AHalfWrittenCertificateIsNone) {
  const auto half = folder_.write("half.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
  Settings settings;
  settings.mqtt.tls = {half, half, pair_.key_file};
  settings.webpubsub.tls.ca_file = folder_.write("empty.pem", "");
  EXPECT_THAT(problems(settings),
              ElementsAre(HasSubstr("half.pem: holds no certificate to trust"),
                          HasSubstr("half.pem: holds no certificate"),
                          HasSubstr("empty.pem: holds no certificate to trust")));
}

TEST_F(TlsFiles, ThoseOfANegotiateEndpointAndAnIdentityAreLookedAtToo) {
  const auto other = authority_.issue("DNS:other");
  Settings settings;
  auto& negotiate = settings.webpubsub.negotiate.emplace();
  negotiate.tls = {authority_.ca_file(), pair_.certificate_file, pair_.key_file};
  auto& entra = settings.webpubsub.entra.emplace();
  entra.certificate_file = pair_.certificate_file;
  entra.key_file = pair_.key_file;
  EXPECT_THAT(problems(settings), IsEmpty());
  negotiate.tls.ca_file = folder_.write("empty.pem", "");
  negotiate.tls.key_file = other.key_file;
  entra.key_file = other.key_file;
  EXPECT_THAT(problems(settings),
              ElementsAre(HasSubstr("empty.pem: holds no certificate to trust"),
                          HasSubstr("is not the key of"), HasSubstr("is not the key of")));
}

TEST_F(TlsFiles, TheKeyOfAnotherCertificateIsRefused) {
  const auto other = authority_.issue("DNS:other");
  Settings settings;
  settings.hub.tls = {pair_.certificate_file, other.key_file};
  EXPECT_THAT(problems(settings), ElementsAre(HasSubstr("is not the key of")));
}

}  // namespace
}  // namespace gateway
