// The status endpoint over HTTP, on loopback unless told otherwise: /livez, /readyz and /metrics
// for machines, a page at / for people, and what it shows as /status.json.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.h"
#include "config/settings.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"
#include "net/http_server.h"

namespace gateway {

/// Used on its loop's thread. Answers GET only, and takes no body: it changes nothing.
class StatusServer final : public webpubsub::net::HttpServerHandler {
 public:
  using TakeSnapshot = std::function<GatewaySnapshot()>;

  /// Listens at once. `take_snapshot` runs on the loop, once for each request that needs it.
  /// Errors: Io with the address when it cannot be bound.
  static webpubsub::Result<std::unique_ptr<StatusServer>> start(webpubsub::net::EventLoop& loop,
                                                                const StatusSettings& settings,
                                                                TakeSnapshot take_snapshot);

  std::uint16_t port() const { return server_->port(); }

  void on_request(webpubsub::net::HttpRequest request,
                  webpubsub::net::HttpResponder respond) override;
  webpubsub::net::UpgradeAnswer on_upgrade(const webpubsub::net::UpgradeRequest& request) override;

 private:
  explicit StatusServer(TakeSnapshot take_snapshot) : take_snapshot_(std::move(take_snapshot)) {}
  webpubsub::net::HttpResponse answer(const webpubsub::net::HttpRequest& request) const;

  TakeSnapshot take_snapshot_;
  std::unique_ptr<webpubsub::net::HttpServer> server_{};
};

}  // namespace gateway
