// What every form of the log spells the same way.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

namespace gateway {

std::string_view level_name(webpubsub::LogLevel level);
/// The level of that name; nothing for another text.
std::optional<webpubsub::LogLevel> parse_level(std::string_view name);

/// What happened and with what, for one who sees only the words: "a reading cannot be forwarded
/// (rule climate, topic a/b)". Left out are fields whose value the words hold already, or that
/// only say in numbers what the words say.
std::string words_with_fields(const webpubsub::LogRecord& record);

/// "2026-11-21T06:30:08.123Z" (RFC 3339).
std::string utc_timestamp(webpubsub::WallTime time);

}  // namespace gateway
