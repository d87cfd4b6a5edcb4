// Where a client access URL comes from. A client asks anew for every new connection: tokens are
// checked at connect only and may have expired since.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "webpubsub/auth/connection_string.h"

namespace webpubsub {

/// Used on the loop's thread.
class Credential {
 public:
  using Done = std::function<void(Result<Secret> client_access_url)>;

  virtual ~Credential() = default;
  /// Calls `done` exactly once with wss://HOST/client/hubs/{hub}?access_token=..., now or on a
  /// later lap of the loop.
  virtual void client_access_url(Done done) = 0;
};

/// A ready URL with its token inside, as `webpubsub.client_access_url` gives it.
std::unique_ptr<Credential> make_url_credential(Secret client_access_url);

struct KeyCredentialOptions {
  std::string hub{};
  std::string user_id{};
  std::vector<std::string> roles{};
  std::vector<std::string> groups{};
  std::chrono::minutes lifetime{60};
};

/// A token signed here for each connection, with exactly the roles asked for.
std::unique_ptr<Credential> make_key_credential(ConnectionString connection_string,
                                                KeyCredentialOptions options);

}  // namespace webpubsub
