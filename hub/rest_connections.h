// REST: connections and users as such, what they may do, and tokens for new ones.

#pragma once

#include "hub/rest_call.h"

namespace webpubsub::hub {

net::HttpResponse rest_generate_token(const RestCall& call);

net::HttpResponse rest_connection_exists(const RestCall& call);
net::HttpResponse rest_user_exists(const RestCall& call);

net::HttpResponse rest_close_connection(const RestCall& call);
net::HttpResponse rest_close_all(const RestCall& call);
net::HttpResponse rest_close_group(const RestCall& call);
net::HttpResponse rest_close_user(const RestCall& call);

net::HttpResponse rest_grant_permission(const RestCall& call);
net::HttpResponse rest_revoke_permission(const RestCall& call);
net::HttpResponse rest_check_permission(const RestCall& call);

}  // namespace webpubsub::hub
