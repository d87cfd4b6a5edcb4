// Where the log goes: to the journal under systemd, as text to a terminal, as JSON anywhere else.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "config/settings.h"
#include "daemon/logging/journal_sink.h"

namespace gateway {

/// The sink for `format`. Auto takes the journal when standard error is connected to it, text when
/// that is a terminal, coloured unless NO_COLOR is set, and otherwise, as in a container, lines of
/// JSON. A journal that cannot be reached is replaced by text, on standard error as a service
/// manager reads it where that is its stream. `identifier` is the program's name. `patience`: how
/// long a second the journal may hold up who writes.
std::unique_ptr<webpubsub::LogSink> make_log_sink(
    LogFormat format, std::string_view identifier,
    std::chrono::milliseconds patience = JournalSink::kPatience);

/// What Auto stands for here; any other is itself.
LogFormat log_format_in_use(LogFormat format);

/// The format of that name, as in the configuration; nothing for another text.
std::optional<LogFormat> parse_log_format(std::string_view name);

/// Whether descriptor `fd` is the stream that `journal_stream`, "DEVICE:INODE" as systemd sets it
/// in JOURNAL_STREAM, names. A child that inherits the variable but not the stream answers no.
bool is_journal_stream(int fd, std::string_view journal_stream);

}  // namespace gateway
