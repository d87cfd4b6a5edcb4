// /livez, /readyz and /metrics of webpubsub-hub, on a port of their own.

#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "net/http_server.h"

namespace gateway {

class HubStatus final : public webpubsub::net::HttpServerHandler {
 public:
  /// Errors: InvalidArgument for the address; Io when it cannot be bound. `hub` must outlive it.
  static webpubsub::Result<std::unique_ptr<HubStatus>> start(webpubsub::net::EventLoop& loop,
                                                             const std::string& listen,
                                                             const webpubsub::hub::Hub& hub);

  std::uint16_t port() const { return server_->port(); }
  void on_request(webpubsub::net::HttpRequest request,
                  webpubsub::net::HttpResponder respond) override;
  webpubsub::net::UpgradeAnswer on_upgrade(const webpubsub::net::UpgradeRequest& request) override;

 private:
  explicit HubStatus(const webpubsub::hub::Hub& hub) : hub_(hub), started_(webpubsub::wall_now()) {}
  webpubsub::net::HttpResponse answer(const webpubsub::net::HttpRequest& request) const;

  const webpubsub::hub::Hub& hub_;
  const webpubsub::WallTime started_;
  std::unique_ptr<webpubsub::net::HttpServer> server_;
};

}  // namespace gateway
