// What the verbs that talk to the running gateway have in common.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/control/protocol.h"

namespace gateway {

/// Where a running gateway is asked: --socket, or else the one of --instance, or of the service.
struct ControlPlace {
  std::string socket{};
  std::string instance{};  // SITE of webpubsub-gateway@SITE
};

/// The socket's path.
std::string socket_path(const ControlPlace& place);

/// Where the daemon listens: `given`, or else in the folder the service manager made for it
/// (RUNTIME_DIRECTORY), or else nowhere, which is empty.
std::string own_socket_path(const std::string& given);

/// Asks, and tells the user on standard error when there is no answer to show. Errors: the exit
/// code to end with.
struct ControlAnswer {
  int exit_code = 0;
  std::string data{};  // JSON, when the exit code is 0
};
ControlAnswer ask_or_explain(const ControlPlace& place, const ControlRequest& request,
                             std::chrono::milliseconds limit);

/// The text of a JSON string or of a member that is one; empty for anything else.
std::string json_text(std::string_view json);
std::string json_text(std::string_view json, const char* member);

/// `text` with nothing left that could steer a terminal: only line breaks, and colours where
/// `colour`.
std::string terminal_text(std::string_view text, bool colour);

/// Whether standard output is a terminal that wants colours: not with NO_COLOR or TERM=dumb.
bool wants_colour();

}  // namespace gateway
