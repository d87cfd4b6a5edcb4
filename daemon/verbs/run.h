// webpubsub-gateway run: the daemon, in the foreground.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/settings.h"

namespace gateway {

/// Runs until TERM or INT. Returns the exit code. The operator's verbs reach it at
/// `control_socket`; empty: in the folder that the service manager made for it, if any.
int run(const std::filesystem::path& file, std::optional<LogFormat> log_format = {},
        const std::string& control_socket = {});

/// The exit code for a start that failed: 78 for what a restart cannot mend, 73 for an address
/// that is taken.
int exit_code_for(const webpubsub::Error& error);

}  // namespace gateway
