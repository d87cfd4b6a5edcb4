#include "daemon/reload/link_credential.h"

#include <algorithm>

#include "daemon/roles.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/auth/roles.h"

namespace gateway {

namespace {

std::vector<std::string> roles_of(const Settings& settings) {
  return settings.webpubsub.roles.value_or(needed_roles(settings));
}

/// Whether one of `granted` is `role`, or allows the same for any group.
bool grants(const std::vector<std::string>& granted, const std::string& role) {
  return std::any_of(granted.begin(), granted.end(), [&](const std::string& each) {
    const bool any = each == webpubsub::kSendToAny || each == webpubsub::kJoinLeaveAny;
    return each == role || (any && role.starts_with(each + "."));
  });
}

}  // namespace

void LinkCredential::use(const Settings& settings, const webpubsub::hub::Hub* hub) {
  const auto& service = settings.webpubsub;
  knows_roles_ = !service.client_access_url;
  if (service.client_access_url) {
    current_ = webpubsub::make_url_credential(*service.client_access_url);
    return;
  }
  roles_ = roles_of(settings);
  auto source = service.connection_string;
  // Ours, so it parses: the hub made it.
  if (hub != nullptr) {
    source = *webpubsub::parse_connection_string(hub->connection_string().reveal());
  }
  current_ = webpubsub::make_key_credential(
      *source, {.hub = service.hub, .user_id = service.user_id, .roles = roles_});
}

void LinkCredential::client_access_url(Done done) {
  issued_roles_ = roles_;
  // Held until it has answered: it may have been exchanged by then.
  current_->client_access_url(
      [held = current_, done = std::move(done)](webpubsub::Result<webpubsub::Secret> url) {
        done(std::move(url));
      });
}

bool LinkCredential::covers(const Settings& settings) const {
  if (!knows_roles_) return true;
  const auto roles = roles_of(settings);
  return std::all_of(roles.begin(), roles.end(),
                     [&](const std::string& role) { return grants(issued_roles_, role); });
}

}  // namespace gateway
