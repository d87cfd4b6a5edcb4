// Small things that outlive the process: the ids of commands, last values, what a filter knows.
//
// Written with what else goes to the store, so they cost no sync of their own: a process that is
// killed loses none of them, a power cut the latest `store.sync` worth.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "bridge/store/database.h"

namespace gateway {

/// Keys are the caller's, below a name of its own: "commands/4711". Reads answer as if nothing
/// were stored while the store is not usable: whoever uses this goes on without it. Any thread.
class State {
 public:
  explicit State(Database& database) : database_(database) {}

  bool usable() const noexcept { return database_.usable(); }

  std::optional<std::string> get(std::string_view key) const;
  /// Errors: Io or Unavailable when the store takes nothing at the moment; it was not written.
  webpubsub::Result<void> put(std::string_view key, std::string_view value);
  webpubsub::Result<void> erase(std::string_view key);
  /// Gives `take` everything whose key begins with `prefix`, in the order of keys, until it answers
  /// false. `take` may not use the store.
  void each(std::string_view prefix,
            const std::function<bool(std::string_view key, std::string_view value)>& take) const;
  /// Many at once: they are all written, or none is.
  class Batch {
   public:
    void put(std::string_view key, std::string_view value);
    void erase(std::string_view key);

   private:
    friend class State;
    Changes changes_{};
  };
  webpubsub::Result<void> write(const Batch& batch);

 private:
  Database& database_;
};

}  // namespace gateway
