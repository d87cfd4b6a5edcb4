// REST: sending messages.

#pragma once

#include "hub/rest_call.h"

namespace webpubsub::hub {

// All answer 202 whether or not somebody receives the message, 400 for a body or parameter that
// cannot be, 415 for a content type that says nothing to us.
net::HttpResponse rest_send_to_all(const RestCall& call);
net::HttpResponse rest_send_to_group(const RestCall& call);
net::HttpResponse rest_send_to_user(const RestCall& call);
net::HttpResponse rest_send_to_connection(const RestCall& call);

}  // namespace webpubsub::hub
