// When the credentials of a configuration run out, as far as they say so themselves.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/settings.h"
#include "daemon/snapshot.h"

namespace gateway {

/// The `exp` claim of the access token in a client access URL. Nothing when it has none.
std::optional<webpubsub::WallTime> token_expiry(std::string_view client_access_url);

/// Of each link, what runs out first. Reads certificate files, so not for every scrape.
std::vector<CredentialSnapshot> read_credential_expiries(const Settings& settings);

/// The end of the first certificate in a PEM file. Nothing for a file without one, and for none.
std::optional<webpubsub::WallTime> certificate_expiry(const std::string& file);

}  // namespace gateway
