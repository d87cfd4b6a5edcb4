// Addresses as a configuration writes them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::config {

struct ListenAddress {
  std::string address{};  // numeric, without brackets
  std::uint16_t port = 0;
};

/// "127.0.0.1:8080" or "[::1]:8080"; port 0 takes any free one.
std::optional<ListenAddress> parse_listen_address(std::string_view text);
/// The text of parse_listen_address().
std::string format_listen_address(const std::string& address, std::uint16_t port);

/// Whether the numeric `address` can only be reached from this machine.
bool is_loopback(const std::string& address);

struct Url {
  std::string_view scheme{};
  std::string_view user_information{};  // what stands before '@'
  std::string_view host{};              // a name or an address, with the brackets of IPv6
  std::optional<std::uint16_t> port{};
  std::string_view rest{};  // path, query, fragment
};

/// Takes a URL apart; nothing when it has no scheme or host, a bad port, or spaces. Views into
/// `text`.
std::optional<Url> parse_url(std::string_view text);

}  // namespace gateway::config
