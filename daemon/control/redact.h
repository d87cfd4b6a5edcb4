// Secrets taken out of text that leaves the machine: what `diag` collects.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "config/settings.h"

namespace gateway {

/// `text` with what looks like a secret replaced by "***": keys of connection strings, tokens
/// (access_token, Bearer, JSON Web Tokens), passwords in URLs, values of keys named like one, PEM
/// private keys. Takes too much rather than too little.
std::string hide_secrets(std::string_view text);

/// What may be shown of a payload: its first 120 characters on one line, nothing of them a secret
/// as hide_secrets() knows them or one of `secrets`. Not linear in a long payload.
std::string shown_payload(std::string_view payload, const std::vector<webpubsub::Secret>& secrets);

/// Every secret that `settings` holds, the longest first.
std::vector<webpubsub::Secret> known_secrets(const Settings& settings);

/// `text` with each of `secrets` replaced by "***", wherever it stands.
std::string hide_values(std::string text, const std::vector<webpubsub::Secret>& secrets);

}  // namespace gateway
