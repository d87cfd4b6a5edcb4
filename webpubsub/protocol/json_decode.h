// Reading the frames of json.webpubsub.azure.v1: internal to protocol/.
//
// The two directions differ in patience. The service refuses what a client spelt wrong (it is
// closed with 1007); a client passes over what it does not know, since the service may be newer.

#pragma once

#include <string_view>

#include "base/result.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

/// As the service reads: names are checked, numbers are whole, payloads fit their type.
Result<UpstreamFrame> decode_json_upstream(std::string_view message);

/// As a client reads: unknown kinds are UnknownFrame, absent and null are the same, members of no
/// interest may hold anything.
Result<DownstreamFrame> decode_json_downstream(std::string_view message);

}  // namespace webpubsub
