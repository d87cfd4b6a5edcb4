// Randomness from OpenSSL: for identifiers, tokens and jitter.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace webpubsub {

/// `count` unpredictable bytes. Aborts when the system has no randomness left to give.
std::string random_bytes(std::size_t count);

/// Uniform in [0, bound); 0 when `bound` is 0.
std::uint64_t random_below(std::uint64_t bound);

/// An unguessable identifier of 22 URL-safe characters (128 bits).
std::string random_id();

}  // namespace webpubsub
