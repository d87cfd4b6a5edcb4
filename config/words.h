// The words that stand for the values of enumerations.

#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "config/settings.h"

namespace gateway::config {

template <class Enum>
struct Word {
  std::string_view text{};
  Enum value{};
};

inline constexpr std::array kMqttVersions{Word<MqttVersion>{"5", MqttVersion::V5},
                                          Word<MqttVersion>{"3.1.1", MqttVersion::V311}};
inline constexpr std::array kPayloadTypes{Word<PayloadType>{"json", PayloadType::Json},
                                          Word<PayloadType>{"text", PayloadType::Text},
                                          Word<PayloadType>{"binary", PayloadType::Binary},
                                          Word<PayloadType>{"number", PayloadType::Number},
                                          Word<PayloadType>{"csv", PayloadType::Csv},
                                          Word<PayloadType>{"cbor", PayloadType::Cbor},
                                          Word<PayloadType>{"msgpack", PayloadType::MessagePack},
                                          Word<PayloadType>{"senml", PayloadType::Senml},
                                          Word<PayloadType>{"sparkplug", PayloadType::Sparkplug}};
inline constexpr std::array kLayoutTypes{Word<LayoutField::Type>{"u8", LayoutField::Type::U8},
                                         Word<LayoutField::Type>{"i8", LayoutField::Type::I8},
                                         Word<LayoutField::Type>{"u16", LayoutField::Type::U16},
                                         Word<LayoutField::Type>{"i16", LayoutField::Type::I16},
                                         Word<LayoutField::Type>{"u24", LayoutField::Type::U24},
                                         Word<LayoutField::Type>{"i24", LayoutField::Type::I24},
                                         Word<LayoutField::Type>{"u32", LayoutField::Type::U32},
                                         Word<LayoutField::Type>{"i32", LayoutField::Type::I32},
                                         Word<LayoutField::Type>{"u64", LayoutField::Type::U64},
                                         Word<LayoutField::Type>{"i64", LayoutField::Type::I64},
                                         Word<LayoutField::Type>{"f32", LayoutField::Type::F32},
                                         Word<LayoutField::Type>{"f64", LayoutField::Type::F64},
                                         Word<LayoutField::Type>{"text", LayoutField::Type::Text}};
inline constexpr std::array kEndians{
    Word<LayoutField::Endian>{"little", LayoutField::Endian::Little},
    Word<LayoutField::Endian>{"big", LayoutField::Endian::Big}};
inline constexpr std::array kWindowFunctions{
    Word<WindowFunction::Kind>{"min", WindowFunction::Kind::Min},
    Word<WindowFunction::Kind>{"max", WindowFunction::Kind::Max},
    Word<WindowFunction::Kind>{"mean", WindowFunction::Kind::Mean},
    Word<WindowFunction::Kind>{"sum", WindowFunction::Kind::Sum},
    Word<WindowFunction::Kind>{"count", WindowFunction::Kind::Count},
    Word<WindowFunction::Kind>{"first", WindowFunction::Kind::First},
    Word<WindowFunction::Kind>{"last", WindowFunction::Kind::Last},
    Word<WindowFunction::Kind>{"median", WindowFunction::Kind::Percentile},
    Word<WindowFunction::Kind>{"rate", WindowFunction::Kind::Rate},
    Word<WindowFunction::Kind>{"duty", WindowFunction::Kind::Duty}};
inline constexpr std::array kLateReadings{Word<LateReadings>{"drop", LateReadings::Drop},
                                          Word<LateReadings>{"next", LateReadings::Next}};
inline constexpr std::array kRetained{Word<Retained>{"initial", Retained::Initial},
                                      Word<Retained>{"ignore", Retained::Ignore},
                                      Word<Retained>{"always", Retained::Always}};
inline constexpr std::array kFormats{
    Word<Format>{"samples", Format::Samples},         Word<Format>{"payload", Format::Payload},
    Word<Format>{"payloads", Format::Payloads},       Word<Format>{"senml", Format::Senml},
    Word<Format>{"cloudevents", Format::CloudEvents}, Word<Format>{"object", Format::Object}};
inline constexpr std::array kFills{Word<bool>{"none", false}, Word<bool>{"billing", true}};
inline constexpr std::array kSendModes{Word<SendMode>{"fire_and_forget", SendMode::FireAndForget},
                                       Word<SendMode>{"acknowledged", SendMode::Acknowledged},
                                       Word<SendMode>{"stream", SendMode::Stream}};
inline constexpr std::array kPriorityWords{Word<Priority>{"high", Priority::High},
                                           Word<Priority>{"normal", Priority::Normal},
                                           Word<Priority>{"low", Priority::Low}};
inline constexpr std::array kStoreModes{Word<StoreMode>{"memory", StoreMode::Memory},
                                        Word<StoreMode>{"disk", StoreMode::Disk}};
/// Without the one that is meant by no word.
inline constexpr std::array kKeeps{
    Word<OfflineOptions::Keep>{"latest", OfflineOptions::Keep::Latest},
    Word<OfflineOptions::Keep>{"oldest_first", OfflineOptions::Keep::OldestFirst},
    Word<OfflineOptions::Keep>{"newest_first", OfflineOptions::Keep::NewestFirst},
    Word<OfflineOptions::Keep>{"none", OfflineOptions::Keep::None}};
inline constexpr std::array kOverflows{
    Word<OfflineOptions::Overflow>{"drop_oldest", OfflineOptions::Overflow::DropOldest},
    Word<OfflineOptions::Overflow>{"drop_newest", OfflineOptions::Overflow::DropNewest},
    Word<OfflineOptions::Overflow>{"latest", OfflineOptions::Overflow::Latest},
    Word<OfflineOptions::Overflow>{"block", OfflineOptions::Overflow::Block}};
/// Whether what is fresh goes first.
inline constexpr std::array kReplayOrders{Word<bool>{"live_first", true},
                                          Word<bool>{"in_order", false}};
inline constexpr std::array kValueTypes{
    Word<ValueType>{"any", ValueType::Any},         Word<ValueType>{"text", ValueType::Text},
    Word<ValueType>{"number", ValueType::Number},   Word<ValueType>{"integer", ValueType::Integer},
    Word<ValueType>{"boolean", ValueType::Boolean}, Word<ValueType>{"object", ValueType::Object},
    Word<ValueType>{"array", ValueType::Array}};
inline constexpr std::array kLogLevels{
    Word<webpubsub::LogLevel>{"error", webpubsub::LogLevel::Error},
    Word<webpubsub::LogLevel>{"warning", webpubsub::LogLevel::Warning},
    Word<webpubsub::LogLevel>{"notice", webpubsub::LogLevel::Notice},
    Word<webpubsub::LogLevel>{"info", webpubsub::LogLevel::Info},
    Word<webpubsub::LogLevel>{"debug", webpubsub::LogLevel::Debug}};
inline constexpr std::array kLogFormats{
    Word<LogFormat>{"auto", LogFormat::Auto}, Word<LogFormat>{"journal", LogFormat::Journal},
    Word<LogFormat>{"text", LogFormat::Text}, Word<LogFormat>{"json", LogFormat::Json}};

template <class Enum, std::size_t N>
std::optional<Enum> read_word(const Value& value, const std::array<Word<Enum>, N>& words) {
  std::vector<std::string_view> texts;
  texts.reserve(N);
  for (const auto& word : words) texts.push_back(word.text);
  const auto index = value.choice(texts);
  if (!index) return std::nullopt;
  return words[*index].value;
}

template <class Enum, std::size_t N>
std::string_view word_for(Enum value, const std::array<Word<Enum>, N>& words) {
  for (const auto& word : words) {
    if (word.value == value) return word.text;
  }
  return {};
}

}  // namespace gateway::config
