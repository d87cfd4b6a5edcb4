// The proof that a webhook request is the service's: ce-signature.
//
// Each access key signs the connection id alone, neither body nor time: the proof is worth as much
// as the connection it names, so webhooks belong on https. Source: CloudEvents extension for
// Azure Web PubSub.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace webpubsub {

/// "sha256=<hex>,sha256=<hex>": one for each key, in order, without blanks.
std::string event_signature(std::string_view connection_id, const std::vector<Secret>& access_keys);

/// Whether one of the signatures in `header` was made with one of `access_keys`. Hexadecimal
/// digits of either case; compared in constant time. An empty connection id is never signed.
bool is_event_signature(std::string_view header, std::string_view connection_id,
                        const std::vector<Secret>& access_keys);

}  // namespace webpubsub
