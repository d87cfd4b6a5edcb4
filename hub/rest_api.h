// The service's REST data plane: requests are checked here, then handed to one of the operations
// in rest_messages.h, rest_groups.h and rest_connections.h. Source: reference, section 7.

#pragma once

#include "hub/hub_context.h"
#include "net/http.h"

namespace webpubsub::hub {

class RestApi {
 public:
  explicit RestApi(HubContext& context) : context_(context) {}

  /// Answers a request whose path begins with "/api/". Errors are answers too.
  net::HttpResponse handle(const net::HttpRequest& request);

 private:
  net::HttpResponse answer(const net::HttpRequest& request);

  HubContext& context_;
};

}  // namespace webpubsub::hub
