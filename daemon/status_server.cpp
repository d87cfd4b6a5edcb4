#include "daemon/status_server.h"

#include <string>
#include <utility>

#include "daemon/health.h"
#include "daemon/metrics.h"
#include "daemon/open_metrics.h"
#include "daemon/status_json.h"
#include "daemon/status_page.h"

namespace gateway {
namespace {

using webpubsub::Error;
using webpubsub::Result;
using webpubsub::net::HttpRequest;
using webpubsub::net::HttpResponse;

constexpr const char* kPlainText = "text/plain; charset=utf-8";

HttpResponse text(int status, std::string body, const char* type = kPlainText) {
  return {.status = status,
          .headers = {{"Content-Type", type},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

}  // namespace

Result<std::unique_ptr<StatusServer>> StatusServer::start(webpubsub::net::EventLoop& loop,
                                                          const StatusSettings& settings,
                                                          TakeSnapshot take_snapshot) {
  std::unique_ptr<StatusServer> status(new StatusServer(std::move(take_snapshot)));
  auto server = webpubsub::net::HttpServer::listen(loop,
                                                   {.address = settings.address,
                                                    .port = settings.port,
                                                    .max_request_body = 1024,
                                                    .max_connections = 64},
                                                   *status);
  if (!server) {
    Error error = server.error();
    error.message = "status endpoint: " + error.message;
    return error;
  }
  status->server_ = std::move(server).value();
  return status;
}

void StatusServer::on_request(HttpRequest request, webpubsub::net::HttpResponder respond) {
  respond(answer(request));
}

webpubsub::net::UpgradeAnswer StatusServer::on_upgrade(
    const webpubsub::net::UpgradeRequest& request) {
  static_cast<void>(request);
  return {.status = 404, .body = "nothing to upgrade here\n"};
}

HttpResponse StatusServer::answer(const HttpRequest& request) const {
  if (request.method != "GET") {
    HttpResponse response = text(405, "only GET is answered here\n");
    response.headers.emplace_back("Allow", "GET");
    return response;
  }
  // Answering at all is the proof of life: the loop came round to this request.
  if (request.path == "/livez") return text(200, "alive\n");
  if (request.path == "/readyz") {
    Health health = readiness(take_snapshot_());
    return text(health.ok ? 200 : 503, std::move(health.words));
  }
  if (request.path == "/metrics") {
    auto page = render_metrics(take_snapshot_(), read_process_figures());
    if (!wants_open_metrics(request)) return text(200, std::move(page), kMetricsContentType);
    return text(200, to_open_metrics(page), kOpenMetricsContentType);
  }
  if (request.path == "/status.json") {
    return text(200, status_json(take_snapshot_()) + "\n", "application/json");
  }
  if (request.path == "/") {
    HttpResponse page = text(200, status_page(take_snapshot_()), "text/html; charset=utf-8");
    page.headers.emplace_back("Content-Security-Policy", kStatusPagePolicy);
    page.headers.emplace_back("Referrer-Policy", "no-referrer");
    return page;
  }
  return text(404, "here are /, /status.json, /livez, /readyz and /metrics\n");
}

}  // namespace gateway
