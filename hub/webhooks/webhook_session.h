// What webhooks know of one connection from one event to the next.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "net/http.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

struct WebhookSession {
  std::uint64_t next_id = 0;  // of the event; connect has 0
  std::string state{};        // what ce-connectionState was last set to, never looked into
  StringMap cookies{};        // that answers set, for this connection alone

  // connected and disconnected are told one after the other, though nobody waits for them.
  bool telling = false;
  std::deque<std::function<void(const std::shared_ptr<WebhookSession>&)>> to_tell{};

  /// Takes over what the answer to a blocking event sets. Call for successes only.
  void learn_from(const net::HttpResponse& answer);
  /// "a=1; b=2", empty when there are none.
  std::string cookie_header() const;
};

}  // namespace webpubsub::hub
