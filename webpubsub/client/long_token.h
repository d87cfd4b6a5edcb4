// Access tokens that are too long for a URL.

#pragma once

#include "net/websocket_client.h"

namespace webpubsub {

/// Takes the access token out of a URL whose path and query libwebsockets would cut, and sends it
/// as a header, which the service reads as well (a token grows with each role it names). The token
/// of a shorter URL stays in its query, where the client specification has it (2.1.1).
void move_long_token(net::WebSocketClientOptions& options);

}  // namespace webpubsub
