// The rules for names: hubs, groups and user events. Source: REST API specification (TypeSpec) for
// hubs; what the service's own validators accept for groups and events.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "webpubsub/protocol/frames.h"

namespace webpubsub {

inline constexpr std::size_t kMaxHubName = 128;
inline constexpr std::size_t kMaxGroupName = 1024;
inline constexpr std::size_t kMaxEventName = 128;

/// The largest message the service takes, as a frame or as a REST body.
inline constexpr std::size_t kMaxServiceMessage = 1024 * 1024;

/// A letter, then letters, digits and "_`,.[]". Compared without regard to case.
bool is_valid_hub_name(std::string_view name);

/// 1 to 1024 characters of UTF-8, not all of them blank. Case-sensitive.
bool is_valid_group_name(std::string_view name);

/// The longest life of a message that nobody has consumed.
inline constexpr std::uint64_t kMaxTtlSeconds = 300;

/// HTTP token characters as keys, 1 to 256 each and no two alike; values of at most 1,024 bytes;
/// 8 KiB in all.
bool is_valid_metadata(const StringMap& metadata);

/// Of a stream or an invocation: 1 to 256 bytes.
bool is_valid_stream_id(std::string_view id);

/// A letter, then letters, digits, '_', '.' and '-'. Compared without regard to case.
bool is_valid_event_name(std::string_view name);

}  // namespace webpubsub
