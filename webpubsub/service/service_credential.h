// A client's credential out of a service client: the way to connect with a token source, whose
// tokens the client endpoint itself never takes (reference, section 2.5).

#pragma once

#include <memory>

#include "webpubsub/auth/credential.h"
#include "webpubsub/service/service_client.h"

namespace webpubsub {

/// Asks for a client access URL for each connection anew.
std::unique_ptr<Credential> make_service_credential(std::shared_ptr<ServiceClient> service,
                                                    ClientTokenOptions options);

}  // namespace webpubsub
