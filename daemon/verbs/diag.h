// webpubsub-gateway diag: one text for a bug report, without secrets.

#pragma once

#include <filesystem>
#include <string>

#include "daemon/verbs/control_request.h"

namespace gateway {

struct DiagOptions {
  ControlPlace place{};
  /// Checked too: what a gateway that does not start trips over. Empty: that of `place`.
  std::filesystem::path config{};
  std::string output{};  // empty: standard output
  unsigned journal_lines = 500;
};

/// Collects versions, facts of the system, the unit's state, what the running gateway says of its
/// configuration, status and metrics, a check of the configuration file, and the latest journal.
/// What is not to be had is said in its place. Returns the exit code: 73 when the file cannot be
/// made.
int diag(const DiagOptions& options);

}  // namespace gateway
