#include "bridge/store/keys.h"

#include <limits>

namespace gateway::keys {

namespace {

// The highest byte first: keys are in the order of their numbers.
template <class Number>
void append_number(std::string& out, Number number) {
  for (int shift = std::numeric_limits<Number>::digits - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<unsigned char>(number >> static_cast<unsigned>(shift)));
  }
}

std::uint64_t number_at(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

std::string of_rule(char area, std::uint32_t rule) {
  std::string key(1, area);
  append_number(key, rule);
  return key;
}

std::string with_text(char area, std::string_view text) {
  std::string key(1, area);
  key += text;
  return key;
}

}  // namespace

std::string rule(std::string_view name) { return with_text('r', name); }
std::string head(std::uint32_t rule) { return of_rule('h', rule); }

std::string message(std::uint32_t rule, std::uint64_t sequence) {
  auto key = of_rule('m', rule);
  append_number(key, sequence);
  return key;
}

std::optional<std::uint64_t> message_sequence(std::string_view key, std::uint32_t rule) {
  const auto start = of_rule('m', rule);
  if (key.size() != start.size() + 8 || !key.starts_with(start)) return std::nullopt;
  return number_at(key.substr(start.size()));
}

std::optional<std::uint32_t> message_rule(std::string_view key) {
  if (key.size() != 13 || key.front() != 'm') return std::nullopt;
  return static_cast<std::uint32_t>(number_at(key.substr(1, 4)));
}

std::string batch(std::uint32_t rule, std::string_view group, std::uint64_t sequence) {
  auto key = batches(rule);
  key += group;
  append_number(key, sequence);
  return key;
}

std::string batches(std::uint32_t rule) { return of_rule('b', rule); }

std::optional<BatchName> batch_name(std::string_view key, std::uint32_t rule) {
  const auto start = batches(rule);
  if (key.size() < start.size() + 8 || !key.starts_with(start)) return std::nullopt;
  const auto group = key.substr(start.size(), key.size() - start.size() - 8);
  return BatchName{std::string(group), number_at(key.substr(key.size() - 8))};
}

std::string group(std::uint32_t rule, std::string_view group) {
  auto key = groups(rule);
  key += group;
  return key;
}

std::string groups(std::uint32_t rule) { return of_rule('s', rule); }
std::string quarantined(std::uint64_t number) {
  std::string key(kQuarantine);
  append_number(key, number);
  return key;
}

std::optional<std::uint64_t> quarantined_number(std::string_view key) {
  if (key.size() != kQuarantine.size() + 8 || !key.starts_with(kQuarantine)) return std::nullopt;
  return number_at(key.substr(kQuarantine.size()));
}

std::string state(std::string_view key) { return with_text('v', key); }

}  // namespace gateway::keys
