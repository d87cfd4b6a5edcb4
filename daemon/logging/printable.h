// Text from outside made safe to show: nobody can forge a line, move a cursor or turn text around.

#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// `text` with everything that is not plainly visible written as an escape: control characters
/// (C0 and C1), line and paragraph separators, bidirectional overrides, bytes that are not UTF-8,
/// and the backslash itself. The result is UTF-8 on one line, and says exactly what was there.
std::string printable(std::string_view text);

/// `text` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace gateway
