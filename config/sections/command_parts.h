// The parts of a command rule, each read by a file of its own.

#pragma once

#include <optional>
#include <vector>

#include "bridge/downlink/command_options.h"
#include "config/section.h"

namespace gateway::config {

/// `when`: keys are JSON pointers, values what has to stand there.
void read_when(const Value& when, std::vector<CommandCondition>& conditions);
/// `arguments`: the same, and each value says more than that it is there.
void read_arguments(const Value& arguments, std::vector<CommandCondition>& conditions);

void read_deadline(const Value& value, CommandDeadline& deadline);
void read_reply(Section reply, CommandOptions& command);

/// A JSON pointer such as `example`; nothing after a report.
std::optional<std::string> read_pointer(const Value& value, const std::string& example);

}  // namespace gateway::config
