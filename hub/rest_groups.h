// REST: who is in which group.

#pragma once

#include "hub/rest_call.h"

namespace webpubsub::hub {

net::HttpResponse rest_group_exists(const RestCall& call);
net::HttpResponse rest_list_group(const RestCall& call);
net::HttpResponse rest_add_connection_to_group(const RestCall& call);
net::HttpResponse rest_remove_connection_from_group(const RestCall& call);
net::HttpResponse rest_remove_connection_from_all_groups(const RestCall& call);
net::HttpResponse rest_add_user_to_group(const RestCall& call);
net::HttpResponse rest_remove_user_from_group(const RestCall& call);
net::HttpResponse rest_remove_user_from_all_groups(const RestCall& call);
net::HttpResponse rest_add_all_to_groups(const RestCall& call);
net::HttpResponse rest_remove_all_from_groups(const RestCall& call);

}  // namespace webpubsub::hub
