#include "webpubsub/protocol/mqtt/properties_codec.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>
#include <variant>

namespace webpubsub::mqtt {
namespace {

using Field =
    std::variant<std::optional<bool> Properties::*, std::optional<std::uint8_t> Properties::*,
                 std::optional<std::uint16_t> Properties::*,
                 std::optional<std::uint32_t> Properties::*,
                 std::optional<std::string> Properties::*, std::vector<std::uint32_t> Properties::*,
                 std::vector<UserProperty> Properties::*>;

enum class Content : std::uint8_t { Any, NotZero, ZeroOrOne, Bytes };  // Bytes: not a text

struct Rule {
  std::uint8_t id;
  Field field;
  PropertyPlace places;
  Content content = Content::Any;
};

constexpr PropertyPlace places(auto... types) { return (place_of(types) | ...); }

constexpr PropertyPlace kConnect = place_of(PacketType::Connect);
constexpr PropertyPlace kConnack = place_of(PacketType::Connack);
constexpr PropertyPlace kPublish = place_of(PacketType::Publish);
constexpr PropertyPlace kSubscribe = place_of(PacketType::Subscribe);
constexpr PropertyPlace kDisconnect = place_of(PacketType::Disconnect);
constexpr PropertyPlace kAuth = place_of(PacketType::Auth);
constexpr PropertyPlace kAnswers =
    places(PacketType::Puback, PacketType::Pubrec, PacketType::Pubrel, PacketType::Pubcomp,
           PacketType::Suback, PacketType::Unsuback);
constexpr PropertyPlace kMessage = kPublish | kWillPlace;
constexpr PropertyPlace kAuthentication = kConnect | kConnack | kAuth;
constexpr PropertyPlace kEverywhere = kConnect | kConnack | kMessage | kAnswers | kSubscribe |
                                      place_of(PacketType::Unsubscribe) | kDisconnect | kAuth;

const std::array kRules{
    Rule{0x01, &Properties::payload_is_text, kMessage},
    Rule{0x02, &Properties::message_expiry_seconds, kMessage},
    Rule{0x03, &Properties::content_type, kMessage},
    Rule{0x08, &Properties::response_topic, kMessage},
    Rule{0x09, &Properties::correlation_data, kMessage, Content::Bytes},
    Rule{0x0B, &Properties::subscription_ids, kPublish | kSubscribe, Content::NotZero},
    Rule{0x11, &Properties::session_expiry_seconds, kConnect | kConnack | kDisconnect},
    Rule{0x12, &Properties::assigned_client_id, kConnack},
    Rule{0x13, &Properties::server_keep_alive_seconds, kConnack},
    Rule{0x15, &Properties::authentication_method, kAuthentication},
    Rule{0x16, &Properties::authentication_data, kAuthentication, Content::Bytes},
    Rule{0x17, &Properties::request_problem_information, kConnect},
    Rule{0x18, &Properties::will_delay_seconds, kWillPlace},
    Rule{0x19, &Properties::request_response_information, kConnect},
    Rule{0x1A, &Properties::response_information, kConnack},
    Rule{0x1C, &Properties::server_reference, kConnack | kDisconnect},
    Rule{0x1F, &Properties::reason_string, kConnack | kAnswers | kDisconnect | kAuth},
    Rule{0x21, &Properties::receive_maximum, kConnect | kConnack, Content::NotZero},
    Rule{0x22, &Properties::topic_alias_maximum, kConnect | kConnack},
    Rule{0x23, &Properties::topic_alias, kPublish, Content::NotZero},
    Rule{0x24, &Properties::maximum_qos, kConnack, Content::ZeroOrOne},
    Rule{0x25, &Properties::retain_available, kConnack},
    Rule{0x26, &Properties::user_properties, kEverywhere},
    Rule{0x27, &Properties::maximum_packet_size, kConnect | kConnack, Content::NotZero},
    Rule{0x28, &Properties::wildcard_subscriptions_available, kConnack},
    Rule{0x29, &Properties::subscription_ids_available, kConnack},
    Rule{0x2A, &Properties::shared_subscriptions_available, kConnack},
};

// ---- writing -------------------------------------------------------------------------------

struct Writer {
  const Properties& from;
  std::uint8_t id;
  std::string& out;

  void value(bool value) const { write_byte(out, value ? 1 : 0); }
  void value(std::uint8_t value) const { write_byte(out, value); }
  void value(std::uint16_t value) const { write_two_bytes(out, value); }
  void value(std::uint32_t value) const { write_four_bytes(out, value); }
  void value(const std::string& value) const { write_binary(out, value); }

  template <class T>
  void operator()(std::optional<T> Properties::*field) const {
    if (!(from.*field)) return;
    write_byte(out, id);
    value(*(from.*field));
  }
  void operator()(std::vector<std::uint32_t> Properties::*field) const {
    for (const std::uint32_t number : from.*field) {
      write_byte(out, id);
      write_variable_integer(out, number);
    }
  }
  void operator()(std::vector<UserProperty> Properties::*field) const {
    for (const UserProperty& property : from.*field) {
      write_byte(out, id);
      write_binary(out, property.name);
      write_binary(out, property.value);
    }
  }
};

// ---- reading -------------------------------------------------------------------------------

/// Each says whether the property may stand there (once more).
struct Reader {
  Properties& to;
  const Rule& rule;
  PropertyPlace place;
  WireReader& in;

  void value(bool& value) const {
    const std::uint8_t read = in.byte();
    if (read > 1) in.fail("a flag is neither 0 nor 1");
    value = read == 1;
  }
  void value(std::uint8_t& value) const { value = in.byte(); }
  void value(std::uint16_t& value) const { value = in.two_bytes(); }
  void value(std::uint32_t& value) const { value = in.four_bytes(); }
  void value(std::string& value) const {
    value = rule.content == Content::Bytes ? in.binary() : in.text();
  }

  template <class T>
  bool operator()(std::optional<T> Properties::*field) const {
    if (to.*field) return false;
    value((to.*field).emplace());
    if constexpr (std::is_integral_v<T>) return fits(*(to.*field));
    return true;
  }
  bool operator()(std::vector<std::uint32_t> Properties::*field) const {
    if (place == kSubscribe && !(to.*field).empty()) return false;
    (to.*field).push_back(in.variable_integer());
    return fits((to.*field).back());
  }
  bool operator()(std::vector<UserProperty> Properties::*field) const {
    const std::string_view name = in.text();
    (to.*field).push_back({std::string(name), std::string(in.text())});
    return true;
  }

  template <class T>
  bool fits(T number) const {
    return (rule.content != Content::NotZero || number != 0) &&
           (rule.content != Content::ZeroOrOne || number <= T{1});
  }
};

}  // namespace

void write_properties(const Properties& properties, std::string& out) {
  std::string body;
  for (const Rule& rule : kRules) std::visit(Writer{properties, rule.id, body}, rule.field);
  write_variable_integer(out, static_cast<std::uint32_t>(body.size()));
  out.append(body);
}

Properties read_properties(WireReader& in, PropertyPlace place) {
  Properties properties;
  WireReader list(in.take(in.variable_integer()));
  while (!list.at_end()) {
    const std::uint8_t id = list.byte();
    const auto* rule = std::ranges::find(kRules, id, &Rule::id);
    if (rule == kRules.end() || (rule->places & place) == 0) {
      list.fail("property " + std::to_string(id) + " has no place in this packet",
                ReasonCode::ProtocolError);
    } else if (!std::visit(Reader{properties, *rule, place, list}, rule->field)) {
      list.fail("property " + std::to_string(id) + " comes twice, or has no such value",
                ReasonCode::ProtocolError);
    }
  }
  if (list.failed()) in.fail(list.error());
  return properties;
}

}  // namespace webpubsub::mqtt
