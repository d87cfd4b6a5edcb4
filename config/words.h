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
                                          Word<PayloadType>{"binary", PayloadType::Binary}};
inline constexpr std::array kRetained{Word<Retained>{"initial", Retained::Initial},
                                      Word<Retained>{"ignore", Retained::Ignore},
                                      Word<Retained>{"always", Retained::Always}};
inline constexpr std::array kFormats{Word<Format>{"samples", Format::Samples},
                                     Word<Format>{"payload", Format::Payload},
                                     Word<Format>{"payloads", Format::Payloads}};
inline constexpr std::array kSendModes{Word<SendMode>{"fire_and_forget", SendMode::FireAndForget},
                                       Word<SendMode>{"acknowledged", SendMode::Acknowledged}};
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
inline constexpr std::array kValueTypes{
    Word<ValueType>{"any", ValueType::Any},         Word<ValueType>{"text", ValueType::Text},
    Word<ValueType>{"number", ValueType::Number},   Word<ValueType>{"integer", ValueType::Integer},
    Word<ValueType>{"boolean", ValueType::Boolean}, Word<ValueType>{"object", ValueType::Object},
    Word<ValueType>{"array", ValueType::Array}};
  for (const auto& word : words) {
    if (word.value == value) return word.text;
  }
  return {};
}

}  // namespace gateway::config
