// One rule of the uplink: which topics, how they are shaped, to which group.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bridge/rules/convert/conversion.h"
#include "bridge/rules/decode/binary_layout.h"
#include "bridge/rules/decode/csv.h"
#include "bridge/rules/delivery_options.h"
#include "bridge/rules/event_reply_options.h"
#include "bridge/rules/expression/expression.h"
#include "bridge/rules/jq/jq_program.h"
#include "bridge/rules/object_member.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/rules/select/select.h"
#include "bridge/rules/source_time.h"
#include "bridge/rules/text_template.h"
#include "bridge/rules/thin/thinner.h"
#include "bridge/rules/window/window_options.h"

namespace gateway {

enum class PayloadType : std::uint8_t {
  Json,
  Text,
  Binary,  // bytes, or what `layout` says
  Number,  // written as text
  Csv,     // as `csv` says
  Cbor,
  MessagePack,
  Senml,  // JSON or CBOR
  Sparkplug,
};
enum class Format : std::uint8_t {
  Samples,      // batches of samples in our envelope, see docs/formats/batch.md
  Payload,      // one message per send, the device's bytes as they are
  Payloads,     // a JSON array of payloads
  Senml,        // a pack of sensor measurements, RFC 8428
  CloudEvents,  // a JSON batch of events
  Object,       // a JSON array of objects that the rule lays out
};
/// Readings the broker kept and hands out when we subscribe: state, not news.
enum class Retained : std::uint8_t {
  Initial,  // forwarded, and marked
  Ignore,   // left out
  Always,   // like any other
};
enum class SendMode : std::uint8_t { FireAndForget, Acknowledged, Stream };

struct BatchOptions {
  std::size_t max_samples = 100;            // 1 to 10,000
  std::size_t max_bytes = 64 * 1024;        // payload bytes, up to 1 MB less its envelope
  std::chrono::milliseconds max_delay{50};  // longest wait for company, 0 to 60 s
  bool fills_billing = false;  // leaves when it fills whole steps of what the service bills
  bool operator==(const BatchOptions&) const = default;
};

struct RuleOptions {
  std::string name{};
  RuleTopics topics{};
  std::uint8_t qos = 1;
  TextTemplate group{};
  std::string event{};                       // instead of to the group, whose name it is then
  std::optional<EventReplyOptions> reply{};  // of an event: its answer goes to the device
  PayloadType payload = PayloadType::Json;
  CsvOptions csv{};
  std::vector<LayoutField> layout{};
  Retained retained = Retained::Initial;
  TimeOptions time{};
  JqProgram jq{};
  std::vector<SelectedField> select{};
  std::vector<Conversion> convert{};
  std::optional<Expression> where{};
  ThinOptions thin{};
  WindowOptions window{};
  Format format = Format::Samples;
  std::vector<ObjectMember> object{};  // of Format::Object
  BatchOptions batch{};
  bool no_echo = true;
  bool snapshot = true;  // the last value of each topic is kept for those who ask
  SendMode send = SendMode::FireAndForget;
  StoreMode store = StoreMode::Memory;
  OfflineOptions offline{};
  ReplayOptions replay{};
  Priority priority = Priority::Normal;
  bool operator==(const RuleOptions&) const = default;
};

/// The group of a rule: a template over its captures, {gateway.id} and fields of the payload.
/// Errors: InvalidArgument for an unknown variable, or a text that is no group name whatever fills
/// it.
webpubsub::Result<TextTemplate> parse_group(std::string_view text, const RuleTopics& topics);

/// Whether the service is asked to acknowledge what it gets of a rule.
inline bool is_acknowledged(const RuleOptions& rule) {
  return rule.send != SendMode::FireAndForget || rule.store == StoreMode::Disk || rule.reply;
}

/// Whether the broker is to keep what there is no room for. Such rules have a link of their own.
inline bool is_blocking(const RuleOptions& rule) {
  return rule.offline.overflow == OfflineOptions::Overflow::Block;
}

/// Whether a rule makes JSON of its own out of what the devices send.
bool rewrites_payload(const RuleOptions& rule);
/// Whether a rule needs to know what is in a payload, even if it goes on as it came.
bool looks_into_payload(const RuleOptions& rule);

/// Whether its format needs the fields of a reading one by one.
bool needs_fields(const RuleOptions& rule);

/// Whether some variable of `text` stands for a field of the payload.
bool uses_payload(const TextTemplate& text);

/// Whether the service takes `name` as a group: 1 to 1024 characters.
bool is_valid_group(std::string_view name);

}  // namespace gateway
