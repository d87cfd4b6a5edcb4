// What the values of the store look like. The layout is docs/formats/store.md.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A message as it is stored. Of one that was read, the views lie in what it was read from.
struct StoredMessage {
  std::int64_t time = 0;     // arrival, milliseconds since the Unix epoch, as the clock was then
  std::int64_t stamp = 0;    // arrival on the store's own clock, in milliseconds
  std::uint64_t before = 0;  // bytes of all messages of its queue that were ever stored before it
  std::uint8_t qos = 0;
  bool retained = false;
  std::string_view topic{};
  std::string_view payload{};
};

void encode(const StoredMessage& message, std::string& out);
/// Nothing when it is no message.
std::optional<StoredMessage> decode_message(std::string_view value);

/// A stretch of a queue that has messages to be sent: [first, end), of which nothing at or above
/// `mark` has been settled yet.
struct Stretch {
  std::uint64_t first = 1;
  std::uint64_t mark = 1;
  std::uint64_t end = 0;  // 0: open, messages are still being added
  bool operator==(const Stretch&) const = default;
};

void encode(const std::vector<Stretch>& stretches, std::string& out);
std::optional<std::vector<Stretch>> decode_stretches(std::string_view value);

/// Rising numbers, such as those of the messages in a batch.
void encode(const std::vector<std::uint64_t>& rising, std::string& out);
std::optional<std::vector<std::uint64_t>> decode_numbers(std::string_view value);

}  // namespace gateway
