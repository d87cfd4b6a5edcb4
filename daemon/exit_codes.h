// What the programs exit with; the unit and scripts rely on it. Source: sysexits.h.

#pragma once

namespace gateway::exit_code {

inline constexpr int kOk = 0;
inline constexpr int kFailure = 1;        // anything not listed
inline constexpr int kUsage = 64;         // wrong arguments
inline constexpr int kBadData = 65;       // what is to be looked at is not what it should be
inline constexpr int kNoInput = 66;       // a file to be read is not there
inline constexpr int kUnavailable = 69;   // one-shot commands only: the peer is away
inline constexpr int kInternal = 70;      // a library failed where it should not
inline constexpr int kCannotCreate = 73;  // a file or a listening socket
inline constexpr int kIo = 74;
inline constexpr int kTryAgain = 75;  // it was too much, or took too long
inline constexpr int kPermission = 77;
inline constexpr int kConfiguration = 78;  // restarting does not help

}  // namespace gateway::exit_code
