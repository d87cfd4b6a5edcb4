#include "daemon/reload/reloader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/credential_files.h"
#include "daemon/tls_files.h"

namespace gateway {

using config::Change;
using config::Problem;
using webpubsub::LogLevel;
using Outcome = ReloadReport::Outcome;

namespace {

// The log is made before there is a loop, the store before anything that puts things into it.
constexpr std::array<std::string_view, 2> kAtStartOnly{"log.format", "store.directory"};

bool waits_for_restart(const Change& change) {
  return std::any_of(kAtStartOnly.begin(), kAtStartOnly.end(),
                     [&](std::string_view key) { return config::touches({change}, key); });
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// "2 settings changed; 1 takes effect at the next start".
std::string words_for(std::size_t changes, std::size_t waiting) {
  std::string words = changes == 0 ? "nothing changed" : counted(changes, "setting") + " changed";
  if (waiting > 0) {
    words += "; " + std::to_string(waiting) + (waiting == 1 ? " takes" : " take") +
             " effect at the next start";
  }
  return words;
}

/// The keys of certificate files that are among `files`.
std::vector<Change> changes_of_files(const Settings& settings,
                                     const std::vector<std::string>& files) {
  std::vector<Change> changes;
  const auto add = [&](const std::string& file, const std::string& key) {
    if (file.empty() || std::find(files.begin(), files.end(), file) == files.end()) return;
    changes.push_back({.kind = Change::Kind::Secret, .key = key});
  };
  add(settings.mqtt.tls.ca_file, "mqtt.tls.ca_file");
  add(settings.mqtt.tls.certificate_file, "mqtt.tls.certificate_file");
  add(settings.mqtt.tls.key_file, "mqtt.tls.key_file");
  add(settings.webpubsub.tls.ca_file, "webpubsub.tls.ca_file");
  add(settings.webpubsub.tls.certificate_file, "webpubsub.tls.certificate_file");
  add(settings.webpubsub.tls.key_file, "webpubsub.tls.key_file");
  add(settings.hub.tls.certificate_file, "hub.tls.certificate_file");
  add(settings.hub.tls.key_file, "hub.tls.key_file");
  if (const auto& negotiate = settings.webpubsub.negotiate) {
    add(negotiate->tls.ca_file, "webpubsub.negotiate.ca_file");
    add(negotiate->tls.certificate_file, "webpubsub.negotiate.certificate_file");
    add(negotiate->tls.key_file, "webpubsub.negotiate.key_file");
  }
  if (const auto& entra = settings.webpubsub.entra) {
    add(entra->client_secret_file, "webpubsub.entra.client_secret_file");
    add(entra->certificate_file, "webpubsub.entra.certificate_file");
    add(entra->key_file, "webpubsub.entra.key_file");
  }
  return changes;
}

}  // namespace

Reloader::Reloader(webpubsub::net::EventLoop& loop, Settings settings, Events events,
                   webpubsub::Log& log)
    : events_(std::move(events)), log_(log), settings_(std::move(settings)) {
  told_.hash = config::fingerprint(settings_);
  told_.last_reload = webpubsub::wall_now();
  held_.set_files(config::credential_files(settings_));
  warn_of_exposed();
  watch_files(loop);
}

/// Of each once.
void Reloader::warn_of_exposed() {
  auto files = config::exposed_files(settings_);
  for (const auto& file : files) {
    if (std::find(exposed_.begin(), exposed_.end(), file) != exposed_.end()) continue;
    log_.write(LogLevel::Warning, "credentials.exposed",
               file + ": every user of this machine can read this secret");
  }
  exposed_ = std::move(files);
}

void Reloader::watch_files(webpubsub::net::EventLoop& loop) {
  auto files = FileWatch::create(
      loop, [this](const std::vector<std::string>& changed) { take_up(changed); });
  if (!files) {
    log_.write(LogLevel::Warning, "credentials.unwatched",
               "credential files are read again at a reload only: " + files.error().message);
    return;
  }
  files_ = std::move(*files);
  files_->set_files(config::credential_files(settings_));
}

ReloadReport Reloader::reload() {
  log_.write(LogLevel::Notice, "gateway.reloading", "reading the configuration again",
             {{"config_hash", told_.hash}});
  auto loaded = events_.load();
  if (const auto* problems = std::get_if<std::vector<Problem>>(&loaded)) {
    return finish(refuse(*problems));
  }
  auto& next = std::get<Settings>(loaded);
  if (const auto problems = check_tls_files(next); !problems.empty()) {
    return finish(refuse(problems));
  }
  return finish(put_into_effect(std::move(next)));
}

ReloadReport Reloader::refuse(const std::vector<Problem>& problems) {
  ReloadReport report{.outcome = Outcome::Invalid,
                      .words = counted(problems.size(), "problem") +
                               " in the configuration; the one in effect stays"};
  for (const auto& problem : problems) {
    report.details.push_back(problem.text());
    log_.write(LogLevel::Error, "gateway.reload_problem", report.details.back());
  }
  return report;
}

ReloadReport Reloader::put_into_effect(Settings next) {
  auto held = held_;
  auto changes = difference(next, held);
  keep_what_waits(next, changes);
  ReloadReport report{.outcome = changes.empty() ? Outcome::Unchanged : Outcome::Applied};
  for (const auto& change : changes) {
    report.details.push_back(
        change.text() + (waits_for_restart(change) ? " (takes effect at the next start)" : ""));
    log_.write(LogLevel::Notice, "gateway.setting_changed", report.details.back(),
               {{"key", change.key}});
  }
  if (changes.empty()) {
    report.words = words_for(0, 0);
    return report;
  }
  if (auto applied = events_.apply(next, changes); !applied) {
    report.outcome = Outcome::RolledBack;
    report.words = applied.error().message + "; the old configuration keeps running";
    return report;
  }
  report.words = words_for(changes.size(), told_.waits_for_restart.size());
  adopt(std::move(next), std::move(held));
  return report;
}

/// From what is in effect to `next`. Brings `held` up to date, what certificate files hold being a
/// part of it.
std::vector<Change> Reloader::difference(const Settings& next, FileDigests& held) const {
  auto changes = config::difference(settings_, next);
  const auto of_files = changes_of_files(next, held.look());
  changes.insert(changes.end(), of_files.begin(), of_files.end());
  return changes;
}

/// What was read at the start stays in effect, so that the next reload tells of it again.
void Reloader::keep_what_waits(Settings& next, const std::vector<Change>& changes) {
  told_.waits_for_restart.clear();
  for (const auto& change : changes) {
    if (waits_for_restart(change)) told_.waits_for_restart.push_back(change.key);
  }
  next.log.format = settings_.log.format;
  next.store.directory = settings_.store.directory;
}

void Reloader::adopt(Settings next, FileDigests held) {
  settings_ = std::move(next);
  held_ = std::move(held);
  held_.set_files(config::credential_files(settings_));
  told_.hash = config::fingerprint(settings_);
  warn_of_exposed();
  if (files_) files_->set_files(config::credential_files(settings_));
}

ReloadReport Reloader::finish(ReloadReport report) {
  const bool good = report.outcome == Outcome::Applied || report.outcome == Outcome::Unchanged;
  told_.last_reload = webpubsub::wall_now();
  told_.last_reload_successful = good;
  ++(good ? told_.reloads : told_.failed_reloads);
  if (good) {
    log_.write(LogLevel::Notice, "gateway.reloaded", "configuration reloaded: " + report.words,
               {{"config_hash", told_.hash}});
  } else {
    log_.write(LogLevel::Error, "gateway.reload_refused",
               "configuration not reloaded: " + report.words, {{"config_hash", told_.hash}});
  }
  return report;
}

/// The configuration stays as it is, what its files hold does not.
void Reloader::take_up(const std::vector<std::string>& files) {
  auto loaded = config::read_secrets_again(settings_);
  if (const auto* problems = std::get_if<std::vector<Problem>>(&loaded)) {
    refuse_credentials(*problems);
    return;
  }
  auto& next = std::get<Settings>(loaded);
  if (const auto problems = check_tls_files(next); !problems.empty()) {
    refuse_credentials(problems);
    return;
  }
  auto held = held_;
  const auto changes = difference(next, held);
  if (changes.empty()) return;
  if (auto applied = events_.apply(next, changes); !applied) {
    refuse_credentials({{.file = files.front(), .message = applied.error().message}});
    return;
  }
  ++told_.credential_changes;
  for (const auto& change : changes) {
    const bool of_identity = config::touches({change}, "webpubsub.entra");
    log_.write(LogLevel::Notice, "credentials.changed",
               change.key + " changed on disk: in use from the next " +
                   (of_identity ? "token on" : "connection on"),
               {{"key", change.key}});
  }
  adopt(std::move(next), std::move(held));
}

void Reloader::refuse_credentials(const std::vector<Problem>& problems) {
  for (const auto& problem : problems) {
    log_.burst(webpubsub::steady_now(), LogLevel::Warning, "credentials.refused",
               problem.text() + "; what was read before stays in use");
  }
}

}  // namespace gateway
