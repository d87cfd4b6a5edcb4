// The credential of the link to the service, which may be exchanged while the link is up: an open
// connection stays, the next one proves itself with the new one.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "hub/hub.h"
#include "webpubsub/auth/credential.h"

namespace gateway {

/// Used on the loop's thread.
class LinkCredential final : public webpubsub::Credential {
 public:
  /// What `settings` say; `hub` is the embedded one, if it serves.
  void use(const Settings& settings, const webpubsub::hub::Hub* hub);

  void client_access_url(Done done) override;

  /// Whether the token that was asked for last allows all that `settings` need. What a ready
  /// client access URL allows nobody knows: it is taken to be enough.
  bool covers(const Settings& settings) const;

 private:
  std::shared_ptr<webpubsub::Credential> current_{};
  std::vector<std::string> roles_{};
  std::vector<std::string> issued_roles_{};
  bool knows_roles_ = true;
};

}  // namespace gateway
