// What the keys of the store look like. The layout is docs/formats/store.md.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::keys {

/// The version of this layout.
inline constexpr std::string_view kFormat = "f";
inline constexpr std::string_view kFormatVersion = "1";
/// The boot of the machine that wrote last.
inline constexpr std::string_view kBoot = "o";

/// Of a rule: its number, by its name.
std::string rule(std::string_view name);
inline constexpr std::string_view kRules = "r";

/// Of a rule's queue: where it begins.
std::string head(std::uint32_t rule);
/// A message.
std::string message(std::uint32_t rule, std::uint64_t sequence);
/// The sequence number in the key of a message of that rule; nothing when it is another one's.
std::optional<std::uint64_t> message_sequence(std::string_view key, std::uint32_t rule);

/// The rule of any message.
std::optional<std::uint32_t> message_rule(std::string_view key);

/// A batch that may have been sent: which messages are in it.
std::string batch(std::uint32_t rule, std::string_view group, std::uint64_t sequence);
std::string batches(std::uint32_t rule);
struct BatchName {
  std::string group{};
  std::uint64_t sequence = 0;
};
std::optional<BatchName> batch_name(std::string_view key, std::uint32_t rule);
/// The latest sequence number of a group's batches.
std::string group(std::uint32_t rule, std::string_view group);
std::string groups(std::uint32_t rule);

/// A batch that was given up.
std::string quarantined(std::uint64_t number);
inline constexpr std::string_view kQuarantine = "q";
/// Nothing when it is another key.
std::optional<std::uint64_t> quarantined_number(std::string_view key);

std::string state(std::string_view key);

}  // namespace gateway::keys
