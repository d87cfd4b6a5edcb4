// The forms of a log line: text for people, JSON for collectors, and what a service manager reads.

#pragma once

#include <string>

#include "base/clock.h"
#include "base/log.h"

namespace gateway {

/// "2026-11-21T06:30:08.123Z warning mqtt.refused: the broker refused us broker=edge code=5".
/// Always one line, whatever the words and fields hold: see printable(). `colour` marks the words
/// by level with ANSI sequences.
std::string text_line(const webpubsub::LogRecord& record, webpubsub::WallTime time, bool colour);

/// "<4>the broker refused us (code 5)": syslog's priority and the words alone, as systemd reads a
/// service's output; it adds the time itself. One line, as above.
std::string stream_line(const webpubsub::LogRecord& record);

/// {"time":"...Z","level":"info","priority":6,"event":"...","message":"...","fields":{...}}: one
/// object, one line, valid UTF-8 whatever the words and fields hold. A line too long for LineSink
/// would be cut and no JSON any more, so long values are shortened here.
std::string json_line(const webpubsub::LogRecord& record, webpubsub::WallTime time);

}  // namespace gateway
