// Starting on whatever is on the disk. A damaged database is set aside and what can still be read
// of it goes on; a gateway that does not start loses more than the messages that are gone.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bridge/store/database.h"

namespace gateway {

struct Recovery {
  std::string set_aside{};     // where the damaged files are now, for whoever wants to look at them
  std::string reason{};        // what was wrong
  bool started_empty = false;  // nothing could be read any more
};

/// Opens `database`, which lies at `directory` + "/store", making the directories it needs.
/// Answers what had to be done about damage, if anything; `damaged` runs before that. Errors: Io
/// when the disk does not allow it; Unavailable when a newer version of the gateway wrote it.
webpubsub::Result<std::optional<Recovery>> open_or_recover(
    Database& database, webpubsub::WallTime now, const std::function<void()>& damaged = {});

/// The same for one that opens but was found to be damaged.
webpubsub::Result<std::optional<Recovery>> recover(Database& database, const std::string& reason,
                                                   webpubsub::WallTime now);

/// A file that gives up its space when the disk is full: a database that cannot write cannot be
/// emptied either.
class Reserve {
 public:
  explicit Reserve(std::string path) : path_(std::move(path)) {}
  /// Puts it back, unless there is hardly more space than it needs.
  void fill();
  /// False when there was none.
  bool release();
  /// Whether the disk has room for more than the last drops of a full one.
  bool has_room() const;

 private:
  const std::string path_;
};

}  // namespace gateway
