// One reader per top-level key. Each fills its part of Settings and reports what is wrong with it.

#pragma once

#include <map>
#include <string>

#include "config/section.h"
#include "config/settings.h"

namespace gateway::config {

/// Names given so far, and where: rules of all files share one set, commands another.
using TakenNames = std::map<std::string, std::string>;

void read_gateway(Section gateway, Settings& settings);
void read_mqtt(Section mqtt, Settings& settings);
void read_webpubsub(Section webpubsub, Settings& settings);
/// What we show the service, and where it is: the part of `webpubsub` that has one of several.
void read_service_source(Section& webpubsub, Settings& settings);
void read_hub(Section hub, Settings& settings);
void read_rules(const Value& rules, TakenNames& taken, Settings& settings);
void read_commands(const Value& commands, TakenNames& taken, Settings& settings);
void read_snapshot(Section snapshot, Settings& settings);
void read_presence(Section presence, Settings& settings);
void read_memory(Section memory, Settings& settings);
void read_store(Section store, Settings& settings);
void read_status(Section status, Settings& settings);
void read_log(Section log, Settings& settings);

/// What the names of the service's subprotocols end in, and those in a configuration leave out.
inline constexpr std::string_view kSubprotocolSuffix = ".webpubsub.azure.v1";
/// What HS256 asks for: a key as long as its hash (RFC 7518, 3.2).
inline constexpr std::size_t kLeastHubKeyBytes = 32;
/// Whether `text` can be connected to: a ws or wss URL with a query and no user in it.
bool is_client_access_url(std::string_view text);

/// 1 to 64 letters, digits, '-', '_' and '.': what may stand in topics, groups and metrics.
bool is_valid_name(std::string_view name);

/// The `name` of a rule or command, which no other may have; nothing after a report.
std::optional<std::string> read_name(Section& section, TakenNames& taken);

/// The certificate and the key of a `tls` section: both or neither.
void read_key_pair(Section& tls, std::string& certificate_file, std::string& key_file);

}  // namespace gateway::config
