#include "daemon/reload/reloader.h"

#include <gmock/gmock.h>

#include "tests/daemon/event_loop_fixture.h"
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
