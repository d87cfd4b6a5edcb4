#include "daemon/hub_status.h"

#include <utility>

#include "config/addresses.h"
#include "daemon/hub_metrics.h"
#include "daemon/metrics.h"
#include "daemon/open_metrics.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::net::HttpRequest;
using webpubsub::net::HttpResponse;

Result<std::unique_ptr<HubStatus>> HubStatus::start(webpubsub::net::EventLoop& loop,
                                                    const std::string& listen,
                                                    const webpubsub::hub::Hub& hub) {
  const auto address = config::parse_listen_address(listen);
  if (!address) {
    return Error{Errc::InvalidArgument,
                 "--status: an address such as 127.0.0.1:9465 expected; got '" + listen + "'"};
  }
  std::unique_ptr<HubStatus> status(new HubStatus(hub));
  auto server = webpubsub::net::HttpServer::listen(loop,
                                                   {.address = address->address,
                                                    .port = address->port,
                                                    .max_request_body = 1024,
                                                    .max_connections = 64},
                                                   *status);
  if (!server) return Error{server.error().code, "--status: " + server.error().message};
  status->server_ = std::move(*server);
  return status;
}

void HubStatus::on_request(HttpRequest request, webpubsub::net::HttpResponder respond) {
  respond(answer(request));
}

webpubsub::net::UpgradeAnswer HubStatus::on_upgrade(
    const webpubsub::net::UpgradeRequest& /*request*/) {
  return {.status = 404};
}

HttpResponse HubStatus::answer(const HttpRequest& request) const {
  const auto text = [](int status, std::string body, const char* type) {
    return HttpResponse{.status = status,
                        .headers = {{"Content-Type", type}, {"Cache-Control", "no-store"}},
                        .body = std::move(body)};
  };
  constexpr const char* kPlain = "text/plain; charset=utf-8";
  if (request.method != "GET") {
    auto response = text(405, "only GET is answered here\n", kPlain);
    response.headers.emplace_back("Allow", "GET");
    return response;
  }
  if (request.path == "/metrics") {
    auto page = render_hub_metrics(hub_.counters(), read_process_figures(), started_);
    if (!wants_open_metrics(request)) return text(200, std::move(page), kMetricsContentType);
    return text(200, to_open_metrics(page), kOpenMetricsContentType);
  }
  // The hub is ready from its first moment: it waits for nobody.
  if (request.path == "/livez") return text(200, "alive\n", kPlain);
  if (request.path == "/readyz") return text(200, "ready\n", kPlain);
  return text(404, "there are /livez, /readyz and /metrics\n", kPlain);
}

}  // namespace gateway
