// What the program exits with; scripts rely on it. Source: sysexits.h.

#pragma once

#include "base/result.h"

namespace webpubsub::command {

namespace exit_code {

inline constexpr int kOk = 0;
inline constexpr int kFailure = 1;  // anything not listed, and "no" to a question
inline constexpr int kUsage = 64;   // wrong arguments
inline constexpr int kBadInput = 65;
inline constexpr int kUnavailable = 69;  // the service is away
inline constexpr int kInternal = 70;
inline constexpr int kIo = 74;
inline constexpr int kTryAgain = 75;  // it was too much, or took too long
inline constexpr int kPermission = 77;
inline constexpr int kConfiguration = 78;  // no connection string, or none that can be used

}  // namespace exit_code

int exit_code_for(Errc code);

/// Tells on standard error what failed, why, and what may help. Returns the exit code.
int fail(const Error& error);
/// The same for what the environment and the options say of the service: always kConfiguration.
int fail_configuration(const Error& error);

}  // namespace webpubsub::command
