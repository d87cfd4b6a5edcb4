// Standard input as an event of the loop.

#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "net/event_loop.h"

namespace webpubsub::command {

/// Calls `on_readable` while there is something to read, the end of the input included. Input that
/// never makes one wait, such as a file, is told of once, by a deferred task of the loop: what
/// that calls must live as long as the loop runs. Null then.
/// Errors: Io.
Result<std::unique_ptr<net::FdWatcher>> watch_input(net::EventLoop& loop,
                                                    std::function<void()> on_readable);

}  // namespace webpubsub::command
