// How the dashboard's page gets its client access URL.
//
// The page carries no secret, so who may ask decides everything: only a browser on this machine,
// showing a page that came from here or from an origin that the operator named. With
// Negotiate::Network anybody may ask who reaches us, for the groups but not for commands.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/hub_context.h"
#include "net/http.h"

namespace webpubsub::hub {

class DashboardAccess {
 public:
  explicit DashboardAccess(HubContext& context) : context_(context) {}
  void set_port(std::uint16_t port) { port_ = port; }

  /// Answers {"url":"ws://...","groups":[...],"commands":true|false}, or 403 when the Host or
  /// Origin header belongs to another site: a name that an attacker pointed at this machine
  /// (DNS rebinding) is one of those.
  net::HttpResponse negotiate(const net::HttpRequest& request);

 private:
  bool is_own_host(std::string_view host) const;
  bool is_welcome_origin(const net::HttpRequest& request, std::string_view host) const;
  bool may_ask(const net::HttpRequest& request, std::string_view host) const;
  std::string make_token(std::string_view host, bool commands) const;

  HubContext& context_;
  std::uint16_t port_ = 0;
};

/// Whether `address`, with or without a port, is the loopback interface's.
bool is_loopback(std::string_view address);

}  // namespace webpubsub::hub
