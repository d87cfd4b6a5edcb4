// Received messages as "listen" prints them.

#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::command {

/// One JSON object on one line, with the frame's own names and `time`, milliseconds since the
/// epoch. Binary data is base64.
std::string json_line(const GroupMessage& message, WallTime time);
std::string json_line(const ServerMessage& message, WallTime time);
/// {"dataType":...,"data":...}: an answer of an event handler.
std::string json_line(const Data& data);

/// `bytes` with control characters, other than tab and line feed, as escapes: what others send
/// must not command a terminal.
std::string for_terminal(std::string_view bytes);

}  // namespace webpubsub::command
