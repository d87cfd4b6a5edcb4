// Where access tokens come from that somebody else signed, such as Microsoft Entra ID.

#pragma once

#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace webpubsub {

struct AccessToken {
  Secret token{};
  WallTime expires{};
};

/// Used on the loop's thread.
class TokenSource {
 public:
  using Done = std::function<void(Result<AccessToken>)>;

  virtual ~TokenSource() = default;
  /// Calls `done` once, now or on a later lap of the loop; not at all when destroyed before.
  virtual void access_token(Done done) = 0;
};

}  // namespace webpubsub
