// One rule of the uplink: which topics, how they are shaped, to which group.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bridge/rules/text_template.h"
#include "bridge/rules/topic_pattern.h"

namespace gateway {

enum class PayloadType : std::uint8_t { Json, Text, Binary };
enum class Format : std::uint8_t {
  Samples,   // batches of samples in our envelope, see docs/formats/batch.md
  Payload,   // one message per send, the device's bytes as they are
  Payloads,  // a JSON array of payloads
};
enum class SendMode : std::uint8_t { FireAndForget, Acknowledged };

struct BatchOptions {
  std::size_t max_samples = 100;            // 1 to 10,000
  std::size_t max_bytes = 64 * 1024;        // payload bytes, up to 1 MB less its envelope
  std::chrono::milliseconds max_delay{50};  // longest wait for company, 0 to 60 s
  bool operator==(const BatchOptions&) const = default;
};

struct RuleOptions {
  std::string name{};
  TopicPattern topic;
  std::uint8_t qos = 1;
  TextTemplate group;
  PayloadType payload = PayloadType::Json;
  Format format = Format::Samples;
  BatchOptions batch{};
  bool no_echo = true;
  SendMode send = SendMode::FireAndForget;
  bool operator==(const RuleOptions&) const = default;
};

/// The group of a rule: a template over its captures and {gateway.id}.
/// Errors: InvalidArgument for an unknown variable, or a constant that is no group name.
webpubsub::Result<TextTemplate> parse_group(std::string_view text, const TopicPattern& topic);

/// Whether the service takes `name` as a group: 1 to 1024 characters.
bool is_valid_group(std::string_view name);

}  // namespace gateway
