// The dashboard's page: static files built into the binary, so that a site without internet and
// without a web server still has one.

#pragma once

#include <optional>
#include <string_view>

#include "net/http.h"

namespace webpubsub::hub::dashboard {

/// The file at `path`, the path of a request: "/" is the page, its parts are under "/dashboard/".
/// Answers 304 without a body when `if_none_match`, the request header of that name, holds the
/// file's tag. Nothing for a path that is not ours. Any thread.
std::optional<net::HttpResponse> asset(std::string_view path, std::string_view if_none_match = {});

}  // namespace webpubsub::hub::dashboard
