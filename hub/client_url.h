// The URLs that clients connect to.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace webpubsub::hub {

inline constexpr std::string_view kClientPath = "/client/hubs/";

/// The hub that a client's URL names: "/client/hubs/{hub}", or "/client/?hub={hub}" of old.
/// Nothing when the path is not a client's at all; an empty name when the hub is missing.
std::optional<std::string> hub_of_client_url(std::string_view path,
                                             const net::QueryParameters& query);

}  // namespace webpubsub::hub
