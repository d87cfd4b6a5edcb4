// The credential of the link to the service, which may be exchanged while the link is up: an open
// connection stays, the next one proves itself with the new one.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "webpubsub/auth/credential.h"
#include "webpubsub/auth/token_source.h"

namespace gateway {

/// Used on the loop's thread.
class LinkCredential final : public webpubsub::Credential {
 public:
  /// `loop` serves the endpoints that are asked.
  explicit LinkCredential(webpubsub::net::EventLoop& loop) : loop_(loop) {}

  /// What `settings` say; `hub` is the embedded one, if it serves.
  void use(const Settings& settings, const webpubsub::hub::Hub* hub);

  void client_access_url(Done done) override;

  /// Whether the token that was asked for last allows all that `settings` need. What a ready
  /// client access URL, or one from a negotiate endpoint, allows nobody knows: it is taken to be
  /// enough.
  bool covers(const Settings& settings) const;

 private:
  void use_negotiate(const ServiceSettings& service);
  void use_entra(const ServiceSettings& service);

  webpubsub::net::EventLoop& loop_;
  std::shared_ptr<webpubsub::Credential> current_{};
  // The tokens of an identity are kept over a reload that changes nothing about it.
  std::optional<EntraSettings> entra_{};
  std::string entra_way_{};  // proxy and authorities
  std::shared_ptr<webpubsub::TokenSource> tokens_{};
  std::vector<std::string> roles_{};
  std::vector<std::string> issued_roles_{};
  bool knows_roles_ = true;
};

}  // namespace gateway
