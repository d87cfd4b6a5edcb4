#include "daemon/reload/reloader.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Outcome = ReloadReport::Outcome;

class ReloaderTest : public EventLoopTest {
 protected:
  Settings settings(std::string_view text) {
    auto loaded = config::load(folder_.write("gateway.yaml", text), environment_);
    EXPECT_TRUE(std::holds_alternative<Settings>(loaded));
    return std::get<Settings>(std::move(loaded));
  }
  void start(std::string_view text) {
    reloader_ = std::make_unique<Reloader>(
        *loop_, settings(text),
        Reloader::Events{
            .load = [this] { return config::load(folder_.file("gateway.yaml"), environment_); },
            .apply = [this](const Settings& next,
                            const std::vector<config::Change>& changes) -> webpubsub::Result<void> {
              if (refuse_) return webpubsub::Error{webpubsub::Errc::Io, "the port is taken"};
              applied_ = next;
              for (const auto& change : changes) changes_.push_back(change.text());
              return {};
            }},
        log_);
  }
  ReloadReport reload(std::string_view text) {
    folder_.write("gateway.yaml", text);
    changes_.clear();
    return reloader_->reload();
  }

  support::TempFolder folder_{};
  config::Environment environment_{.variable = {}, .host_name = "bench", .machine_id = "m"};
  std::unique_ptr<Reloader> reloader_{};
  std::optional<Settings> applied_{};
  std::vector<std::string> changes_{};
  bool refuse_ = false;
};

TEST_F(ReloaderTest, AppliesTheDifference) {
  start("mqtt: {keep_alive: 30s}\n");
  const auto hash = reloader_->snapshot().hash;
  const auto report = reload("mqtt: {keep_alive: 1m}\n");
  EXPECT_EQ(report.outcome, Outcome::Applied);
  EXPECT_EQ(report.words, "1 setting changed");
  EXPECT_THAT(report.details, ElementsAre("mqtt.keep_alive: 30s → 1m"));
  EXPECT_EQ(changes_, report.details);
  EXPECT_NE(reloader_->snapshot().hash, hash);
  EXPECT_TRUE(reloader_->snapshot().last_reload_successful);
  EXPECT_EQ(reload("mqtt: {keep_alive: 60s}\n").outcome, Outcome::Unchanged);
  EXPECT_THAT(changes_, IsEmpty());
  EXPECT_EQ(reloader_->snapshot().reloads, 2U);
}

TEST_F(ReloaderTest, ABadFileChangesNothing) {
  start("");
  const auto before = reloader_->snapshot();
  const auto report = reload("mqtt: {keep_alive: 1x, brokr: y}\n");
  EXPECT_EQ(report.outcome, Outcome::Invalid);
  EXPECT_THAT(report.details, ElementsAre(HasSubstr("gateway.yaml:1:20: mqtt.keep_alive"),
                                          HasSubstr("gateway.yaml:1:24: mqtt.brokr")));
  EXPECT_FALSE(applied_);
  const auto after = reloader_->snapshot();
  EXPECT_EQ(after.hash, before.hash);
  EXPECT_FALSE(after.last_reload_successful);
  EXPECT_GE(after.last_reload, before.last_reload);
  EXPECT_EQ(after.failed_reloads, 1U);
}

TEST_F(ReloaderTest, AFailureLeavesWhatWasInEffect) {
  start("mqtt: {keep_alive: 30s}\n");
  refuse_ = true;
  const auto report = reload("mqtt: {keep_alive: 1m}\n");
  EXPECT_EQ(report.outcome, Outcome::RolledBack);
  EXPECT_EQ(report.words, "the port is taken; the old configuration keeps running");
  refuse_ = false;
  EXPECT_EQ(reload("mqtt: {keep_alive: 30s}\n").outcome, Outcome::Unchanged);
}

TEST_F(ReloaderTest, NamesWhatWaitsForTheNextStartAndTellsItAgain) {
  start("");
  for (int round = 0; round < 2; ++round) {
    const auto report = reload("log: {format: json}\nmqtt: {keep_alive: 1m}\n");
    EXPECT_EQ(report.outcome, Outcome::Applied);
    EXPECT_THAT(report.words, HasSubstr("1 takes effect at the next start"));
    EXPECT_THAT(report.details,
                testing::Contains("log.format: auto → json (takes effect at the next start)"));
    EXPECT_EQ(applied_->log.format, LogFormat::Auto);
    EXPECT_THAT(reloader_->snapshot().waits_for_restart, ElementsAre("log.format"));
  }
  reload("mqtt: {keep_alive: 1m}\n");
  EXPECT_THAT(reloader_->snapshot().waits_for_restart, IsEmpty());
}

TEST_F(ReloaderTest, ThePlaceOfTheStoreStaysUntilTheNextStart) {
  start("store: {directory: /var/lib/one, max_size: 10MiB}\n");
  const auto report = reload("store: {directory: /var/lib/two, max_size: 20MiB}\n");
  EXPECT_EQ(report.words, "2 settings changed; 1 takes effect at the next start");
  EXPECT_THAT(report.details, ElementsAre("store.directory: /var/lib/one → /var/lib/two "
                                          "(takes effect at the next start)",
                                          "store.max_size: 10MiB → 20MiB"));
  EXPECT_THAT(sink_.messages(), testing::Contains("configuration reloaded: " + report.words));
  EXPECT_THAT(reloader_->snapshot().waits_for_restart, ElementsAre("store.directory"));
  EXPECT_EQ(applied_->store.directory, "/var/lib/one");
  EXPECT_EQ(applied_->store.max_size, 20U * 1024 * 1024);
}

TEST_F(ReloaderTest, ACertificateThatCannotBeUsedIsRefusedBeforeAnythingChanges) {
  folder_.write("a.pem", "no certificate");
  start("");
  const auto report = reload("mqtt: {broker: mqtts://h, tls: {ca_file: a.pem}, keep_alive: 1m}\n");
  EXPECT_EQ(report.outcome, Outcome::Invalid);
  EXPECT_THAT(report.details, ElementsAre(HasSubstr("a.pem: holds no certificate to trust")));
  EXPECT_FALSE(applied_);
}

TEST_F(ReloaderTest, TakesUpASecretThatChangesOnDisk) {
  folder_.write("password", "one\n");
  start("mqtt: {username: u, password_file: password}\n");
  // What else changed in the configuration waits to be asked for.
  folder_.write("gateway.yaml", "mqtt: {username: other, password_file: password}\n");
  folder_.write("password", "two\n");
  ASSERT_TRUE(serve_until([&] { return applied_.has_value(); }));
  EXPECT_EQ(applied_->mqtt.password.reveal(), "two");
  EXPECT_EQ(applied_->mqtt.username, "u");
  EXPECT_THAT(changes_, ElementsAre("mqtt.password: (changed)"));
  EXPECT_EQ(reloader_->snapshot().credential_changes, 1U);
  EXPECT_EQ(reloader_->snapshot().reloads, 0U);
}

TEST_F(ReloaderTest, TellsThatTheFilesOfANegotiateEndpointAndAnIdentityChanged) {
  support::TestAuthority authority;
  const auto pair = authority.issue("DNS:one");
  const auto other = authority.issue("DNS:two");
  const auto copy = [&](const std::string& from, const std::string& to) {
    std::filesystem::copy_file(from, folder_.file(to),
                               std::filesystem::copy_options::overwrite_existing);
  };
  copy(authority.ca_file(), "ca.pem");
  copy(pair.certificate_file, "certificate.pem");
  copy(pair.key_file, "key.pem");
  const auto told = [&](const std::string& words) {
    return std::find(sink_.messages().begin(), sink_.messages().end(), words) !=
           sink_.messages().end();
  };
  start("webpubsub: {negotiate: {url: 'https://a.example/', ca_file: ca.pem}}\n");
  folder_.write("ca.pem", "half");
  ASSERT_TRUE(serve_until([&] {
    return std::find(sink_.events().begin(), sink_.events().end(), "credentials.refused") !=
           sink_.events().end();
  }));
  copy(support::TestAuthority().ca_file(), "ca.pem");
  EXPECT_TRUE(serve_until([&] {
    return told("webpubsub.negotiate.ca_file changed on disk: in use from the next connection on");
  }));
  start(
      "webpubsub: {entra: {endpoint: 'https://a.example', tenant_id: t, client_id: c,\n"
      "  certificate_file: certificate.pem, key_file: key.pem}}\n");
  copy(other.certificate_file, "certificate.pem");
  copy(other.key_file, "key.pem");
  EXPECT_TRUE(serve_until([&] {
    return told("webpubsub.entra.key_file changed on disk: in use from the next token on");
  }));
}

TEST_F(ReloaderTest, AReloadTakesUpWhatCertificateFilesHoldNow) {
  const auto copy_ca = [&] {
    std::filesystem::copy_file(support::TestAuthority().ca_file(), folder_.file("ca.pem"),
                               std::filesystem::copy_options::overwrite_existing);
  };
  const std::string text = "mqtt: {broker: mqtts://h, tls: {ca_file: ca.pem}}\n";
  copy_ca();
  start(text);
  EXPECT_EQ(reload(text).outcome, Outcome::Unchanged);
  copy_ca();
  refuse_ = true;
  EXPECT_EQ(reload(text).outcome, Outcome::RolledBack);
  refuse_ = false;
  // The watch has had no time to notice, as where nothing can be watched.
  EXPECT_THAT(reload(text).details, ElementsAre("mqtt.tls.ca_file: (changed)"));
  EXPECT_EQ(reload(text).outcome, Outcome::Unchanged);
  EXPECT_FALSE(serve_until([&] { return !changes_.empty(); }, std::chrono::milliseconds(600)))
      << "it was taken up once already";
}

TEST_F(ReloaderTest, WarnsOnceOfASecretThatEverybodyCanRead) {
  const auto password = folder_.write("password", "one\n");
  ASSERT_EQ(chmod(password.c_str(), 0600), 0);
  start("mqtt: {username: u, password_file: password}\n");
  const auto warning = password + ": every user of this machine can read this secret";
  EXPECT_THAT(sink_.messages(), testing::Not(testing::Contains(warning)));
  ASSERT_EQ(chmod(password.c_str(), 0644), 0);
  reload("mqtt: {username: u, password_file: password, keep_alive: 1m}\n");
  reload("mqtt: {username: u, password_file: password, keep_alive: 2m}\n");
  EXPECT_EQ(std::count(sink_.messages().begin(), sink_.messages().end(), warning), 1);
}

TEST_F(ReloaderTest, AHalfWrittenSecretChangesNothing) {
  folder_.write("password", "one\n");
  start("mqtt: {username: u, password_file: password}\n");
  folder_.write("password", "");
  const auto refused = [&] {
    return std::find(sink_.events().begin(), sink_.events().end(), "credentials.refused") !=
           sink_.events().end();
  };
  ASSERT_TRUE(serve_until(refused));
  EXPECT_FALSE(applied_);
  folder_.write("password", "two\n");
  ASSERT_TRUE(serve_until([&] { return applied_.has_value(); }));
  EXPECT_EQ(applied_->mqtt.password.reveal(), "two");
}

}  // namespace
}  // namespace gateway
