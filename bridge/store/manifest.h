// LevelDB's list of tables, looked at before LevelDB does.

#pragma once

#include <string>

namespace gateway {

/// Whether the list ends in the middle of an entry. LevelDB takes that for the end, and removes the
/// tables that the rest would have named. It syncs the list before it relies on it, so a list that
/// ends too early has been damaged.
bool manifest_is_torn(const std::string& directory);

}  // namespace gateway
