// How failure is said: a value or an Error, never an exception across a folder's edge.
//
// Result has the members of std::expected, which g++ 12 keeps for C++23.

#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace webpubsub {

enum class Errc : std::uint8_t {
  InvalidArgument,    // the caller or a file gave something that cannot be right
  Unauthorized,       // a peer, or the system, refused who we are or what we asked for
  NotFound,           // a file, host or target that is not there
  Unavailable,        // a peer is away, or the connection ended first
  Timeout,            // no answer within the time given
  Cancelled,          // we gave it up ourselves
  ResourceExhausted,  // a queue, quota or limit is full
  Protocol,           // a peer broke the rules of its protocol
  Io,                 // the system refused: disk, socket, descriptor
  Internal,           // a library failed where it should not
};

/// Whether trying the same again later can help.
constexpr bool is_transient(Errc code) noexcept {
  return code == Errc::Unavailable || code == Errc::Timeout || code == Errc::ResourceExhausted;
}

std::string_view to_string(Errc code) noexcept;

struct Error {
  Errc code = Errc::Internal;
  std::string message;   // what was tried, on what, and why it failed; no secrets
  int service_code = 0;  // HTTP status or WebSocket close code; 0 when no peer answered
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  const Error& error() const {
    assert(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

/// Runs exactly once with the outcome of what it was handed to, on the loop's thread.
using Completion = std::function<void(Result<void>)>;

/// The answer of a bounded queue or link to what it is offered.
enum class [[nodiscard]] Offer : std::uint8_t{
    Accepted,  // taken; its completion, if any, will run
    Full,      // not taken: offer it again after the drain callback
    Offline,   // not taken: there is no connection
};

}  // namespace webpubsub
