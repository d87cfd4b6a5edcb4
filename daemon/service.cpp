#include "daemon/service.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/load.h"
#include "daemon/build_info.h"
#include "daemon/control/control_answers.h"
#include "daemon/control/redact.h"
#include "daemon/memory_limit.h"
#include "daemon/metrics.h"
#include "daemon/process_figures.h"
#include "daemon/service_status.h"
#include "daemon/status_text.h"

namespace gateway {

using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Result;

namespace {

constexpr auto kStatusInterval = std::chrono::seconds(5);
constexpr auto kSummaryInterval = std::chrono::hours(1);
constexpr auto kFlushLimit = std::chrono::seconds(5);
constexpr auto kSpeakUpTime = std::chrono::minutes(10);
// For a slow card; what takes longer hangs, and the service manager ends it.
constexpr auto kStoreTime = std::chrono::minutes(1);
constexpr std::uint64_t kStoreBytesPerSecond = 1024 * 1024;

}  // namespace

Result<std::unique_ptr<Service>> Service::create(webpubsub::net::EventLoop& loop, Settings settings,
                                                 webpubsub::Log& log) {
  HeapTrim::keep_large_apart();
  std::unique_ptr<Service> service(new Service(loop, log));
  const auto status = settings.status;
  // A start that is killed while it repairs would begin the repair again, for ever.
  const auto tell = [&manager = service->manager_](const std::string& what, std::uint64_t bytes) {
    manager.status(what);
    manager.extend_timeout(kStoreTime + std::chrono::seconds(bytes / kStoreBytesPerSecond));
  };
  auto gateway = Gateway::create(loop, std::move(settings), log, tell);
  if (!gateway) return gateway.error();
  service->gateway_ = std::move(*gateway);
  if (auto listening = service->listen_for_status(status); !listening) return listening.error();
  service->reloader_ = std::make_unique<Reloader>(
      loop, service->gateway_->settings(),
      Reloader::Events{.load = [service = service.get()] { return service->load_(); },
                       .apply =
                           [service = service.get()](const Settings& next,
                                                     const std::vector<config::Change>& changes) {
                             return service->apply(next, changes);
                           }},
      log);
  auto signals = Signals::listen(loop, service->actions(), log);
  if (!signals) return signals.error();
  service->signals_ = std::move(*signals);
  return service;
}

Service::Service(webpubsub::net::EventLoop& loop, webpubsub::Log& log)
    : loop_(loop),
      log_(log),
      level_(loop, log),
      control_target_(control_target()),
      manager_(loop, log),
      status_timer_(loop, [this] { tell_status(); }),
      summary_timer_(loop, [this] { tell_summary(); }) {}

SignalActions Service::actions() {
  return {.stop = [this] { stop(); },
          .stop_now = [this] { stop_now(); },
          .reload = [this] { reload(); },
          .report = [this] { write_report(log_, snapshot()); },
          .speak_up = [this] { level_.set_level(LogLevel::Debug, kSpeakUpTime); }};
}

ControlTarget Service::control_target() {
  return {
      .snapshot = [this] { return snapshot(); },
      .configuration =
          [this] {
            const Settings& settings = gateway_->settings();
            return hide_values(config::describe(settings), known_secrets(settings));
          },
      .metrics = [this] { return render_metrics(snapshot(), read_process_figures()); },
      .set_log_level =
          [this](LogLevel level, std::optional<std::chrono::milliseconds> duration) {
            level_.set_level(level, duration);
          },
      .queue =
          [this](const QueueRequest& request,
                 const std::function<void(Result<std::string> data)>& done) {
            gateway_->look_at_queues(request, done);
          },
      .trace =
          [this](const TraceRequest& request, std::function<void(Result<std::string> data)> done) {
            gateway_->trace(request, std::move(done));
          },
      .reload =
          [this](const std::function<void(const ReloadReport& report)>& done) { done(reload()); }};
}

Result<void> Service::listen_for_status(const StatusSettings& status) {
  if (status.address.empty()) {
    status_server_.reset();
    return {};
  }
  auto server = StatusServer::start(loop_, status, [this] { return snapshot(); });
  if (!server) return server.error();
  status_server_ = std::move(*server);
  log_.write(LogLevel::Info, "status.listening", "the status endpoint listens",
             {{"port", std::to_string(status_server_->port())}});
  return {};
}

ReloadReport Service::reload() {
  if (stopping_ || !load_) {
    const std::string why =
        stopping_ ? "the gateway is stopping" : "this configuration was not read from a file";
    log_.write(LogLevel::Warning, "gateway.reload_refused", "configuration not reloaded: " + why);
    return {.outcome = ReloadReport::Outcome::Busy, .words = why};
  }
  manager_.reloading();
  auto report = reloader_->reload();
  manager_.ready(status());
  return report;
}

// The old status endpoint goes once everything is in effect; only if both want the same port it has
// to make way before.
Result<void> Service::apply(const Settings& next, const std::vector<config::Change>& changes) {
  const auto before = gateway_->settings().status;
  const bool moves = config::touches(changes, "status");
  std::unique_ptr<StatusServer> old;
  if (moves) old = std::move(status_server_);
  if (moves && next.status.port == before.port) old.reset();
  auto done = moves ? listen_for_status(next.status) : Result<void>();
  if (done) done = gateway_->reload(next, changes);
  if (!done && moves) {
    status_server_ = std::move(old);
    const auto again = status_server_ ? Result<void>() : listen_for_status(before);
    if (!again) {
      return Error{done.error().code, done.error().message + "; without a status endpoint, for " +
                                          again.error().message};
    }
  }
  if (done && config::touches(changes, "log.level")) level_.set_usual(next.log.level);
  constexpr std::array<std::string_view, 3> kTakeMemory{"memory", "snapshot", "rules"};
  const bool other_needs = std::any_of(kTakeMemory.begin(), kTakeMemory.end(),
                                       [&](auto key) { return config::touches(changes, key); });
  if (done && other_needs) {
    warn_of_memory_limit(next, read_memory_limit(), log_);
  }
  return done;
}

GatewaySnapshot Service::snapshot() const {
  GatewaySnapshot snapshot = gateway_->snapshot();
  snapshot.config = reloader_->snapshot();
  if (control_server_) snapshot.control = control_server_->tally();
  return snapshot;
}

Result<void> Service::serve_control(const std::string& path) {
  auto server = ControlServer::listen(loop_, {.path = path}, answer_from(control_target_), log_);
  if (!server) return server.error();
  control_server_ = std::move(*server);
  return {};
}

void Service::run() {
  gateway_->start();
  HeapTrim::give_back();
  log_.write(
      LogLevel::Notice, "gateway.started", "the gateway has started",
      {{"version", std::string(build_info().version)}, {"config_hash", snapshot().config.hash}});
  warn_of_memory_limit(gateway_->settings(), read_memory_limit(), log_);
  manager_.ready(status());
  manager_.watch([this] { return stuck_; });
  status_timer_.start_after(kStatusInterval);
  summary_timer_.start_after(kSummaryInterval);
  loop_.run();
  for (const auto& rule : gateway_->snapshot().rules) {
    log_.write(LogLevel::Notice, "gateway.conservation", conservation_line(rule),
               {{"rule", rule.name}});
  }
  log_.write(LogLevel::Notice, "gateway.stopped", "the gateway has stopped");
}

void Service::stop() {
  if (stopping_) return;
  stopping_ = true;
  status_timer_.cancel();
  summary_timer_.cancel();
  manager_.stopping("stopping: sending what is pending");
  log_.write(LogLevel::Notice, "gateway.stopping", "stopping: sending what is pending");
  gateway_->stop(kFlushLimit, [this] { loop_.stop(); });
}

void Service::stop_now() {
  stopping_ = true;
  gateway_->stop_now();
  loop_.stop();
}

std::string Service::status() const {
  if (stuck_) return "stuck: " + *stuck_;
  return service_status(gateway_->snapshot(), webpubsub::wall_now());
}

void Service::tell_status() {
  stuck_ = gateway_->stuck();
  manager_.status(status());
  heap_.look();
  status_timer_.start_after(kStatusInterval);
}

void Service::tell_summary() {
  log_.write(LogLevel::Info, "gateway.summary", status_line(gateway_->snapshot()));
  summary_timer_.start_after(kSummaryInterval);
}

}  // namespace gateway
