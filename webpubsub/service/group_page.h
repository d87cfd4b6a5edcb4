// The answer to "who is in this group".

#pragma once

#include <string_view>

#include "base/result.h"
#include "webpubsub/service/service_client.h"

namespace webpubsub {

/// {"value":[{"connectionId":...,"userId":...}],"nextLink":...}. Errors: Protocol.
/// Source: reference, section 7.4.
Result<GroupPage> parse_group_page(std::string_view body);

}  // namespace webpubsub
