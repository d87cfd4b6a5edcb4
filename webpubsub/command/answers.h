// The two shapes that most verbs over REST have: a change, and a question.

#pragma once

#include <functional>
#include <string_view>

#include "webpubsub/command/place.h"

namespace webpubsub::command {

/// Writes `line` and a line feed to standard output at once. Returns the exit code, kIo when
/// nobody reads.
int print_line(std::string_view line);
/// The same for bytes of others: on a terminal, control characters are shown as escapes.
int print_text(std::string_view text);

using Change = std::function<void(ServiceClient&, ServiceClient::Done<void>)>;
using Question = std::function<void(ServiceClient&, ServiceClient::Done<bool>)>;

/// Says nothing when all is well.
int carry_out(const Place& place, const Change& change);

struct Words {
  std::string_view key;  // of the JSON object
  std::string_view yes;
  std::string_view no;
};
/// Prints which it is; exits with kFailure for a no, as grep does.
int answer(const Place& place, bool json, const Words& words, const Question& question);

}  // namespace webpubsub::command
